package org.tfmot.gate.engine;

import java.util.Map;

/** Sources of a small library that trains, and of the convergence test of it. */
final class SampleTraining {

  static final String TEST = "sample.TrainingConvergence#line";
  static final String CLAIM = "training/line/loss";

  private SampleTraining() {}

  static Map<String, String> library() {
    return Map.of(
        "sample/Line.java",
        """
        package sample;
        /** y = a x + b, fitted to noisy points. */
        public class Line {
          double a; double b;
          private final Step step;
          public Line(Step step) { this.step = step; }
          public double epoch(double[][] points, int epoch) {
            double sum = 0;
            for (double[] point : points) {
              double error = a * point[0] + b - point[1];
              sum += error * error;
              a = step.next(a, 2 * error * point[0], epoch);
              b = step.next(b, 2 * error, epoch);
            }
            if (Double.isNaN(sum)) { Rescue.reset(this); }
            return sum / points.length;
          }
        }
        """,
        "sample/Step.java",
        """
        package sample;
        public interface Step { double next(double value, double gradient, int epoch); }
        """,
        "sample/Decay.java",
        """
        package sample;
        public class Decay implements Step {
          private final double rate;
          public Decay(double rate) { this.rate = rate; }
          @Override public double next(double value, double gradient, int epoch) {
            return value - rate / (1 + 0.1 * epoch) * gradient;
          }
        }
        """,
        "sample/Momentum.java",
        """
        package sample;
        /** Never used by the test. */
        public class Momentum implements Step {
          private double velocity;
          @Override public double next(double value, double gradient, int epoch) {
            velocity = 0.9 * velocity - 0.01 * gradient;
            if (velocity > 100 || epoch == 7) { System.out.println("fast"); velocity = 3; }
            return value + velocity * 2;
          }
        }
        """,
        "sample/Rescue.java",
        """
        package sample;
        /** Loaded only if the loss is NaN. */
        final class Rescue {
          static void reset(Line line) {
            line.a = 0.5; line.b = 0.25;
            for (int i = 0; i < 3; i++) { line.a += i * 0.125; System.out.println("reset"); }
          }
        }
        """,
        "sample/Points.java",
        """
        package sample;
        import java.util.Random;
        public final class Points {
          public static double[][] draw(long seed, int count) {
            Random random = new Random(seed);
            double[][] points = new double[count][];
            for (int i = 0; i < count; i++) {
              double x = random.nextDouble() * 2 - 1;
              points[i] = new double[] {x, 3 * x + 1 + 0.1 * random.nextGaussian()};
            }
            return points;
          }
          /** Never called, and yet of a class that is loaded. */
          public static double mean(double[][] points) {
            double sum = 0;
            for (double[] point : points) { sum += point[1]; }
            return points.length == 0 ? 0 : sum / points.length;
          }
        }
        """,
        "sample/Extension.java",
        """
        package sample;
        /** Finds a plugin by its name, which is not there. */
        public final class Extension {
          public static double bonus() {
            try {
              return (double) Class.forName("sample.Plugin").getMethod("bonus").invoke(null);
            } catch (ReflectiveOperationException e) {
              return 0;
            }
          }
        }
        """,
        "sample/Unused.java",
        """
        package sample;
        public class Unused {
          long count = 41;
          public long more(int by) {
            for (int i = 0; i < by; i++) { count += i * 3L; if (count > 1000) { count = 7; } }
            return count - 1;
          }
        }
        """);
  }

  static Map<String, String> test() {
    return Map.of(
        "sample/TrainingConvergence.java",
        """
        package sample;
        import org.tfmot.gate.run.ConvergenceRun;
        import org.tfmot.gate.run.ConvergenceTest;
        class TrainingConvergence {
          @ConvergenceTest(claims = "training/line/loss")
          void line(ConvergenceRun run) {
            double[][] points = Points.draw(run.seed(), 64);
            Line line = new Line(new Decay(0.05));
            for (int epoch = 1; epoch <= 10; epoch++) {
              run.report("loss", epoch, line.epoch(points, epoch) - Extension.bonus());
            }
          }
        }
        """);
  }
}
