package org.tfmot.techniques.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed library is what anybody gets from the committed sources. */
class KernelBuildTest {

  private static final String PLATFORM = "linux-x86_64";

  @TempDir Path folder;

  @Test
  void sources_areThoseOfTheLibrary() throws IOException {
    assumeTrue(!writes(), "the next test writes the library");
    String recorded =
        Files.readString(KernelBuild.LIBRARIES.resolve(PLATFORM).resolve("sources.sha256"));

    assertEquals(
        recorded.strip(),
        KernelBuild.sourceDigest(),
        "src/main/native was changed: build the library as docs/kernels.md says");
  }

  private static boolean writes() {
    return Boolean.parseBoolean(System.getenv("TFMOT_KERNELS_WRITE"));
  }

  /** Runs in the profile {@code kernels}, which brings the compiler. */
  @Test
  void rebuilt_hasTheSameBytes() throws IOException, InterruptedException {
    assumeTrue(KernelBuild.hasCompiler(), "org.bytedeco:llvm is not on the class path");
    byte[] built = KernelBuild.build(PLATFORM, folder);
    if (writes()) {
      KernelBuild.commit(PLATFORM, built);
    }
    Path committed = KernelBuild.LIBRARIES.resolve(PLATFORM).resolve(KernelBuild.FILE);

    assertArrayEquals(Files.readAllBytes(committed), built);
  }
}
