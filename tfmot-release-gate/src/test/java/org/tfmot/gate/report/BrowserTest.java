package org.tfmot.gate.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page as Chromium shows it. */
@Tag("browser")
class BrowserTest {

  private static final int WIDTH = 1280;
  private static final int HEIGHT = 2200;

  @TempDir Path folder;
  private String chromium;

  @BeforeEach
  void findChromium() {
    Optional<String> found = chromium();
    assumeTrue(
        found.isPresent(),
        "no Chromium on the path: the page was not looked at (apt-get install chromium)");
    chromium = found.orElseThrow();
  }

  private static Optional<String> chromium() {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      for (String name : List.of("chromium", "chromium-browser", "google-chrome")) {
        Path file = Path.of(folder, name);
        if (Files.isExecutable(file)) {
          return Optional.of(file.toString());
        }
      }
    }
    return Optional.empty();
  }

  private String run(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--user-data-dir=" + folder.resolve("profile"),
                "--window-size=" + WIDTH + "," + HEIGHT));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("chromium.out");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(folder.resolve("chromium.err").toFile())
            .start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();
    assertTrue(ended, "Chromium did not end");
    return Files.readString(out, StandardCharsets.UTF_8);
  }

  private BufferedImage screenshot(String page, boolean dark) throws Exception {
    Path png = folder.resolve(dark ? "dark.png" : "light.png");
    List<String> arguments = new ArrayList<>(List.of("--screenshot=" + png));
    if (dark) {
      arguments.add("--blink-settings=preferredColorScheme=0");
    }
    arguments.add(page);
    run(arguments.toArray(String[]::new));
    return ImageIO.read(png.toFile());
  }

  @Test
  void page_inLightAndDark_showsVerdictsAndCharts() throws Exception {
    GateReport.write(folder.resolve("gate"), Sample.broken(folder));
    String page = folder.resolve("gate").resolve(GateReport.HTML).toUri().toString();

    String dom = run("--dump-dom", page);
    assertTrue(dom.contains("✕ BLOCKED"), "the verdict is in the page that Chromium built");
    assertEquals(3, dom.split("<section", -1).length - 1, "one section for each claim");

    Map<Integer, Integer> light = colours(screenshot(page, false));
    assertTrue(share(light, 0xf6f7f9) > 0.02, "page");
    assertTrue(share(light, 0xffffff) > 0.3, "cards");
    assertTrue(light.getOrDefault(0xcf222e, 0) > 200, "red of FAIL and floor");
    assertTrue(light.getOrDefault(0x1a7f37, 0) > 200, "green of PASS and documented value");
    assertTrue(light.getOrDefault(0x0969da, 0) > 200, "blue of runs and links");
    assertTrue(light.getOrDefault(0xdafbe1, 0) > 2000, "the band of PASS");
    assertTrue(light.getOrDefault(0xffebe9, 0) > 2000, "the band of FAIL");

    Map<Integer, Integer> dark = colours(screenshot(page, true));
    assertTrue(share(dark, 0x161b22) > 0.3, "dark cards");
    assertTrue(dark.getOrDefault(0xff7b72, 0) > 200, "red in dark");
    assertTrue(dark.getOrDefault(0x4ac26b, 0) > 200, "green in dark");
    keep("light.png");
    keep("dark.png");
  }

  /** For people to look at after a build. */
  private void keep(String name) throws Exception {
    Path target = Files.createDirectories(Path.of("target", "gate-report"));
    Files.copy(
        folder.resolve(name),
        target.resolve(name),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private static Map<Integer, Integer> colours(BufferedImage image) {
    assertEquals(WIDTH, image.getWidth());
    Map<Integer, Integer> colours = new HashMap<>();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        colours.merge(image.getRGB(x, y) & 0xffffff, 1, Integer::sum);
      }
    }
    return colours;
  }

  private static double share(Map<Integer, Integer> colours, int colour) {
    return colours.getOrDefault(colour, 0) / (double) (WIDTH * HEIGHT);
  }
}
