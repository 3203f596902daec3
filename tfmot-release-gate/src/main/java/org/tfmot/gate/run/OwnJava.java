package org.tfmot.gate.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apiguardian.api.API;

/**
 * The program that this JVM is, as the operating system names it. System properties such as {@code
 * os.arch} and {@code java.home} are no evidence: a command line sets them.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class OwnJava {

  private static final int HEADER = 4096;
  private static final int ELF = 0x7f454c46;
  private static final int MACH_O = 0xcffaedfe;
  private static final int WINDOWS = 0x4d5a;

  private OwnJava() {}

  /** Returns the program; that of {@code java.home} where a launcher of another name began it. */
  public static Path program() {
    return ProcessHandle.current()
        .info()
        .command()
        .map(Path::of)
        .filter(file -> String.valueOf(file.getFileName()).matches("javaw?(\\.exe)?"))
        .orElse(Path.of(System.getProperty("java.home"), "bin", "java"));
  }

  /** Returns the folder that the program is installed in, as {@code JAVA_HOME} names it. */
  public static Path home() throws IOException {
    return program().toRealPath().resolve("../..").normalize();
  }

  /** Returns the class of machine that the program is compiled for, such as linux-amd64. */
  public static String machine() throws IOException {
    try (InputStream in = Files.newInputStream(program())) {
      return machine(in.readNBytes(HEADER));
    }
  }

  /**
   * Reads the class of machine from the head of a program.
   *
   * @param head its first bytes, 64 or more
   * @return system and processor as Java names them; a number where it has no name here
   */
  static String machine(byte[] head) {
    ByteBuffer bytes = ByteBuffer.wrap(head);
    if (bytes.getInt(0) == ELF) {
      ByteOrder order = head[5] == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
      int machine = bytes.order(order).getShort(18) & 0xffff;
      return "linux-"
          + switch (machine) {
            case 3 -> "i386";
            case 21 -> order == ByteOrder.LITTLE_ENDIAN ? "ppc64le" : "ppc64";
            case 22 -> "s390x";
            case 40 -> "arm";
            case 62 -> "amd64";
            case 183 -> "aarch64";
            case 243 -> "riscv64";
            default -> "elf" + machine;
          };
    }
    if (bytes.getInt(0) == MACH_O) {
      int processor = bytes.order(ByteOrder.LITTLE_ENDIAN).getInt(4);
      return "mac-"
          + switch (processor) {
            case 0x01000007 -> "x86_64";
            case 0x0100000c -> "aarch64";
            default -> "cpu" + processor;
          };
    }
    if ((bytes.getShort(0) & 0xffff) == WINDOWS) {
      int header = bytes.order(ByteOrder.LITTLE_ENDIAN).getInt(0x3c);
      int machine =
          header >= 0 && header < head.length - 5 ? bytes.getShort(header + 4) & 0xffff : 0;
      return "windows-"
          + switch (machine) {
            case 0x8664 -> "amd64";
            case 0xaa64 -> "aarch64";
            default -> "pe" + machine;
          };
    }
    return "program-%08x".formatted(bytes.getInt(0));
  }
}
