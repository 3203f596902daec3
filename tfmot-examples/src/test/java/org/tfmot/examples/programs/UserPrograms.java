package org.tfmot.examples.programs;

import java.io.PrintStream;
import java.util.List;

/**
 * Runs programs one after the other in this process and prints a line before and after each, so
 * that whoever started the process knows which one ended it.
 */
final class UserPrograms {

  static final String BEGIN = "begin ";
  static final String RIGHT = "right ";
  static final String WRONG = "wrong ";

  static final List<UserProgram> ALL =
      List.of(
          new AllowFloatOfNothing(),
          new BenchmarkOfIntegerInputs(),
          new ChainOf10000Operations(),
          new ClipAtInfinity(),
          new ClipByValue(),
          new ConstantOf300Dimensions(),
          new ConstantOfAnotherType(),
          new ConstantThatIsNoConstant(),
          new CycleOfIdentities(),
          new DeadReluInt8File(),
          new EmptyCalibrationBatch(),
          new ExceptALayerThatIsNotThere(),
          new FilesLeftByAKilledWrite(),
          new ForgottenHooks(),
          new FunctionThatCallsItself(),
          new HalfPrecisionTraining(),
          new InputBehindPreprocessing(),
          new Int16x8Comparison(),
          new Int16x8SaturatedSigmoid(),
          new Int8Comparison(),
          new Int8ComparisonOfBytes(),
          new Int8TensorWithoutScale(),
          new LoopThatReadsVariables(),
          new MaxPoolLargerThanImage(),
          new MeanWithoutAxis(),
          new ModelWithoutSignature(),
          new NanWeightInAFile(),
          new OneHotInt8(),
          new OneTensorOf8000Readers(),
          new PerTensorWeights(),
          new PreluEluNegInInt8(),
          new RunnerWithPruning(),
          new ScheduleLongerThanTheRun(),
          new SoftplusAllowFloat(),
          new SquaredDifferenceInt8(),
          new StandardizedWindowInt8(),
          new StridedSliceWithoutInput(),
          new SummaryOfSharedWeight(),
          new TwoHandlesOneVariable(),
          new TwoNodesOfOneName(),
          new TwoThreadsOneCheckpoint(),
          new ValuesOfADepthwiseChannel(),
          new VariableByItsSharedName(),
          new VariableThatReadsItself(),
          new ZerosOfAnEmbedding());

  private UserPrograms() {}

  /**
   * Runs programs.
   *
   * @param arguments their names, as {@link #name} gives them
   */
  public static void main(String[] arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    List<String> wanted = List.of(arguments);
    for (UserProgram program : ALL) {
      if (!wanted.contains(name(program))) {
        continue;
      }
      out.println(BEGIN + name(program));
      out.println(judge(program));
      System.setOut(out);
      System.setErr(err);
    }
    // A program may leave a thread behind.
    System.exit(0);
  }

  static String name(UserProgram program) {
    return program.getClass().getSimpleName();
  }

  private static String judge(UserProgram program) {
    try {
      program.check();
      return RIGHT + name(program);
    } catch (Throwable e) {
      return WRONG + name(program) + " " + e.toString().replaceAll("\\s+", " ");
    }
  }
}
