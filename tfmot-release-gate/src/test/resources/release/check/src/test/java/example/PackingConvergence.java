package example;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.tfmot.gate.run.ConvergenceRun;
import org.tfmot.gate.run.ConvergenceTest;

class PackingConvergence {

  @ConvergenceTest(claims = {"packing/words/ratio", "packing/words/lossless"})
  void words(ConvergenceRun run) throws IOException {
    StringBuilder text = new StringBuilder();
    new Random(run.seed()).ints(9999, 0, 9).forEach(i -> text.append("word").append(i).append(' '));
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    byte[] packed = Packing.pack(bytes);
    run.report("ratio", 1, (double) packed.length / bytes.length);
    run.report("lossless", 1, Arrays.equals(bytes, Packing.unpack(packed)) ? 1 : 0);
  }
}
