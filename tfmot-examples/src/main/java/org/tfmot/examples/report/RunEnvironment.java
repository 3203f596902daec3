package org.tfmot.examples.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * The machine and the software of a measurement.
 *
 * @param cpu name of the processor
 * @param cores number of processors the virtual machine may use, at least 1
 * @param jdk version and vendor of the Java runtime
 * @param tensorflow version of TensorFlow
 * @param tensorflowLite version of the TensorFlow Lite runtime
 * @param kernels the kernels that training graphs ran, native or stock operations
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record RunEnvironment(
    String cpu, int cores, String jdk, String tensorflow, String tensorflowLite, String kernels) {

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if a text is empty or {@code cores} is below 1
   */
  public RunEnvironment {
    Checks.text("cpu", cpu);
    Checks.positive("cores", cores);
    Checks.text("jdk", jdk);
    Checks.text("TensorFlow version", tensorflow);
    Checks.text("TensorFlow Lite version", tensorflowLite);
    Checks.text("kernels", kernels);
  }

  /**
   * The machine and Java runtime of this process.
   *
   * @param tensorflow version of TensorFlow, which only the caller can ask
   * @param tensorflowLite version of the TensorFlow Lite runtime
   * @param kernels the kernels that training graphs run
   */
  public static RunEnvironment current(String tensorflow, String tensorflowLite, String kernels) {
    return new RunEnvironment(
        cpu(Path.of("/proc/cpuinfo")),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")",
        tensorflow,
        tensorflowLite,
        kernels);
  }

  /** The model name on Linux for x86; elsewhere the system's own name of the architecture. */
  static String cpu(Path cpuinfo) {
    String architecture = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!Files.isReadable(cpuinfo)) {
      return architecture;
    }
    try (Stream<String> lines = Files.lines(cpuinfo)) {
      return lines
          .filter(line -> line.startsWith("model name") && line.contains(":"))
          .map(line -> line.substring(line.indexOf(':') + 1).replaceAll("\\s+", " ").trim())
          .filter(name -> !name.isEmpty())
          .findFirst()
          .orElse(architecture);
    } catch (IOException | UncheckedIOException e) {
      return architecture; // the name is a nicety, no reason to fail a run
    }
  }
}
