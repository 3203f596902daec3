package org.tfmot.techniques.kernels;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.common.io.Resources;
import com.sun.jna.Platform;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The kernel library of a platform, as the jar has it beside its SHA-256. Only bytes of that digest
 * are handed to the system's loader, which may end the process at a truncated file.
 *
 * @param platform such as {@code linux-x86_64}
 * @param resources finds a resource of the jar
 * @param folder in which it is unpacked
 */
record KernelLibrary(String platform, Function<String, @Nullable URL> resources, Path folder) {

  private static final String FILE = "libtfmot_kernels.so";

  /** Returns the library in this jar for this machine. */
  static KernelLibrary bundled() {
    String processor = Platform.ARCH.replace("-", "_").toLowerCase(Locale.ROOT);
    String system =
        Platform.isLinux() ? "linux" : Platform.isMac() ? "macosx" : System.getProperty("os.name");
    return new KernelLibrary(
        system + "-" + processor,
        KernelLibrary.class::getResource,
        Path.of(System.getProperty("java.io.tmpdir")));
  }

  /**
   * Writes the library to a file in a folder of its own; the caller deletes both.
   *
   * @throws IllegalStateException if there is none for the platform, or it is damaged
   * @throws IOException if it cannot be written
   */
  Path extract() throws IOException {
    byte[] bytes = verified();
    Path own;
    try {
      own = Files.createTempDirectory(folder, "tfmot-kernels");
    } catch (IOException e) {
      throw new IOException("the kernel library cannot be unpacked in " + folder, e);
    }
    try {
      return Files.write(own.resolve(FILE), bytes);
    } catch (IOException e) {
      Files.deleteIfExists(own.resolve(FILE));
      Files.delete(own);
      throw new IOException("the kernel library cannot be unpacked in " + own, e);
    }
  }

  private byte[] verified() throws IOException {
    URL library = resources.apply(platform + "/" + FILE);
    URL digest = resources.apply(platform + "/" + FILE + ".sha256");
    if (library == null || digest == null) {
      throw new IllegalStateException("there is no kernel library for " + platform);
    }
    byte[] bytes = Resources.toByteArray(library);
    HashCode expected =
        HashCode.fromString(Resources.toString(digest, StandardCharsets.UTF_8).strip());
    if (!Hashing.sha256().hashBytes(bytes).equals(expected)) {
      throw new IllegalStateException("the kernel library for " + platform + " is damaged");
    }
    return bytes;
  }
}
