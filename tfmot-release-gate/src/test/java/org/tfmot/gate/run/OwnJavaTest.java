package org.tfmot.gate.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnJavaTest {

  @Test
  void program_isTheJavaThatRunsThis() throws Exception {
    assertTrue(Files.isExecutable(OwnJava.program()), OwnJava.program().toString());
    assertEquals(
        Path.of(System.getProperty("java.home")).toRealPath(), OwnJava.home().toRealPath());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  @ResourceLock(Resources.SYSTEM_PROPERTIES)
  void machine_isNotWhatAPropertySays() throws Exception {
    String arch = System.getProperty("os.arch");
    try {
      System.setProperty("os.arch", "other");
      assertEquals("linux-" + arch, OwnJava.machine());
    } finally {
      System.setProperty("os.arch", arch);
    }
  }

  /** The machine codes are those of the ELF specification. */
  @ParameterizedTest
  @CsvSource({
    "1, 62, linux-amd64",
    "1, 183, linux-aarch64",
    "1, 21, linux-ppc64le",
    "2, 21, linux-ppc64",
    "2, 22, linux-s390x",
    "1, 258, linux-elf258"
  })
  void machine_ofAnElfProgram(int data, int code, String expected) {
    ByteBuffer head = ByteBuffer.allocate(64);
    head.put(new byte[] {0x7f, 'E', 'L', 'F', 2, (byte) data});
    head.order(data == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    assertEquals(expected, OwnJava.machine(head.putShort(18, (short) code).array()));
  }

  @ParameterizedTest
  @CsvSource({"0x01000007, mac-x86_64", "0x0100000c, mac-aarch64", "18, mac-cpu18"})
  void machine_ofAMachProgram(String code, String expected) {
    ByteBuffer head = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(0, 0xfeedfacf).putInt(4, Integer.decode(code));
    assertEquals(expected, OwnJava.machine(head.array()));
  }

  @ParameterizedTest
  @CsvSource({"0x8664, 128, windows-amd64", "0xaa64, 240, windows-aarch64", "1, 9999, windows-pe0"})
  void machine_ofAWindowsProgram(String code, int at, String expected) {
    ByteBuffer head = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
    head.put(0, (byte) 'M').put(1, (byte) 'Z').putInt(0x3c, at);
    if (at < 500) {
      head.putShort(at + 4, (short) (int) Integer.decode(code));
    }
    assertEquals(expected, OwnJava.machine(head.array()));
  }

  @Test
  void machine_ofSomethingElse_isItsBeginning() {
    assertEquals(
        "program-23212f62", OwnJava.machine("#!/bin/sh%60s".formatted("").getBytes(UTF_8)));
  }
}
