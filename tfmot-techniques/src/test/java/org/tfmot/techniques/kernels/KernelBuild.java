package org.tfmot.techniques.kernels;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Builds the kernel library with the clang of {@code org.bytedeco:llvm}, which the Maven profile
 * {@code kernels} puts on the class path. Nothing of the machine goes into the bytes.
 */
final class KernelBuild {

  static final Path SOURCES = Path.of("src/main/native");
  static final Path LIBRARIES = Path.of("src/main/resources/org/tfmot/techniques/kernels");
  static final String FILE = "libtfmot_kernels.so";

  private static final String LLVM = "/org/bytedeco/llvm/linux-x86_64/";

  /** The parts of the compiler, and the names under which its libraries are looked for. */
  private static final Map<String, String> PARTS =
      Map.of(
          "clang", "clang",
          "lld", "ld.lld",
          "libLLVM.so", "libLLVM.so.20.1",
          "libclang-cpp.so", "libclang-cpp.so.20.1");

  private KernelBuild() {}

  static boolean hasCompiler() {
    return compiler("clang") != null;
  }

  private static @Nullable URL compiler(String part) {
    return KernelBuild.class.getResource(LLVM + part);
  }

  /** Returns the SHA-256 of all sources and flags, by name. */
  static String sourceDigest() throws IOException {
    Hasher hasher = Hashing.sha256().newHasher();
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.sorted().toList()) {
        byte[] bytes = Files.readAllBytes(file);
        hasher.putUnencodedChars(file.getFileName().toString()).putLong(bytes.length);
        hasher.putBytes(bytes);
      }
    }
    return hasher.hash().toString();
  }

  /**
   * Builds the library of a platform.
   *
   * @param folder for the compiler and the library
   */
  static byte[] build(String platform, Path folder) throws IOException, InterruptedException {
    for (Map.Entry<String, String> part : PARTS.entrySet()) {
      Path file = folder.resolve(part.getValue());
      try (OutputStream out = Files.newOutputStream(file)) {
        Resources.copy(java.util.Objects.requireNonNull(compiler(part.getKey())), out);
      }
      if (!file.toFile().setExecutable(true)) {
        throw new IOException("cannot make " + file + " executable");
      }
    }
    Path library = folder.resolve(FILE);
    List<String> command = new ArrayList<>(List.of(folder.resolve("clang").toString()));
    command.addAll(Files.readAllLines(SOURCES.resolve(platform + ".flags")));
    command.addAll(
        List.of("--ld-path=" + folder.resolve("ld.lld"), "-o", library.toString(), "kernels.c"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("LD_LIBRARY_PATH", folder.toString());
    Path log = folder.resolve("log");
    Process process =
        builder
            .directory(SOURCES.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("clang failed: " + Files.readString(log));
    }
    return Files.readAllBytes(library);
  }

  /** Replaces the library in the sources of this module, its digest and that of its sources. */
  static void commit(String platform, byte[] library) throws IOException {
    Path folder = Files.createDirectories(LIBRARIES.resolve(platform));
    Files.write(folder.resolve(FILE), library);
    Files.writeString(folder.resolve(FILE + ".sha256"), Hashing.sha256().hashBytes(library) + "\n");
    Files.writeString(folder.resolve("sources.sha256"), sourceDigest() + "\n");
  }
}
