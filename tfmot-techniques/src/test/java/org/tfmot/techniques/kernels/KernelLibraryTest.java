package org.tfmot.techniques.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A library that cannot be used is a sentence, and training goes on without it. */
class KernelLibraryTest {

  private static final String PLATFORM = "linux-x86_64";
  private static final String FILE = "libtfmot_kernels.so";

  @TempDir Path folder;

  @Test
  void bundled_isLoaded_andLeavesNoFile() throws IOException {
    KernelLibrary bundled = KernelLibrary.bundled();
    KernelLibrary here = new KernelLibrary(bundled.platform(), bundled.resources(), folder);

    assertTrue(Kernels.isNative(), Kernels.description());
    assertEquals(null, NativeKernels.load(here).failure());
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void otherPlatform_isASentence() {
    KernelLibrary bundled = KernelLibrary.bundled();

    assertEquals(
        "there is no kernel library for plan9-mips",
        NativeKernels.load(new KernelLibrary("plan9-mips", bundled.resources(), folder)).failure());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 4096, 40_000})
  void truncated_isASentence(int size) throws IOException {
    byte[] whole = library();

    assertEquals(
        "the kernel library for linux-x86_64 is damaged",
        NativeKernels.load(resource(Arrays.copyOf(whole, size), digest(whole))).failure());
  }

  @Test
  void changed_isASentence() throws IOException {
    byte[] changed = library();
    changed[changed.length / 2] ^= 1;

    assertEquals(
        "the kernel library for linux-x86_64 is damaged",
        NativeKernels.load(resource(changed, digest(library()))).failure());
  }

  @Test
  void noLibraryAtAll_isASentence() throws IOException {
    byte[] text = "#!/bin/sh\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    String failure = NativeKernels.load(resource(text, digest(text))).failure();

    assertFalse(String.valueOf(failure).isBlank());
  }

  @Test
  void unwritableFolder_isASentence() {
    KernelLibrary bundled = KernelLibrary.bundled();
    Path missing = folder.resolve("missing");

    assertEquals(
        "the kernel library cannot be unpacked in " + missing,
        NativeKernels.load(new KernelLibrary(PLATFORM, bundled.resources(), missing)).failure());
  }

  @Test
  void switch_isOnOrOff() {
    assertFalse(Kernels.isOff(null));
    assertFalse(Kernels.isOff(""));
    assertFalse(Kernels.isOff("ON"));
    assertTrue(Kernels.isOff("off"));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Kernels.isOff("none"));
    assertEquals("TFMOT_KERNELS or tfmot.kernels is \"none\": set it to on or off", e.getMessage());
  }

  private static byte[] library() throws IOException {
    try (var in = KernelLibrary.class.getResourceAsStream(PLATFORM + "/" + FILE)) {
      return java.util.Objects.requireNonNull(in).readAllBytes();
    }
  }

  private static String digest(byte[] bytes) {
    return com.google.common.hash.Hashing.sha256().hashBytes(bytes).toString();
  }

  private KernelLibrary resource(byte[] bytes, String digest) throws IOException {
    Path resources = Files.createDirectories(folder.resolve("resources"));
    Files.write(resources.resolve(FILE), bytes);
    Files.writeString(resources.resolve(FILE + ".sha256"), digest + "\n");
    return new KernelLibrary(
        PLATFORM, name -> url(resources.resolve(Path.of(name).getFileName())), folder);
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    }
  }
}
