package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.io.AtomicFile;

class CheckpointTest {

  private static final String DATA = ".data-00000-of-00001";

  /** Bits that arithmetic would lose: a NaN with a payload, minus zero, a subnormal. */
  private static final TensorProto ODD =
      TensorProtos.floats(
          Shape.of(2, 2), Float.intBitsToFloat(0x7fc01234), -0f, Float.MIN_VALUE, 1);

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void read_givesBackTheBits(Kind kind) {
    Path prefix = folder.resolve("deep/er/ckpt-7");
    Map<String, TensorProto> values = new LinkedHashMap<>();
    values.put("scope/odd", ODD);
    values.put("step", TensorProtos.scalar(1L << 40));
    values.put("ints", TensorProtos.ints(Shape.of(3), 1, -2, Integer.MIN_VALUE));
    values.put("words", TensorProtos.strings(List.of("a", "", "\u00e9\u4e2d")));
    values.put("none", TensorProtos.floats(Shape.of(0, 3)));
    Checkpoint.write(prefix, values);
    List<Variable> variables =
        values.entrySet().stream()
            .map(e -> new Variable(e.getKey(), kind, true, e.getValue()))
            .toList();
    assertTrue(Checkpoint.exists(prefix));
    assertEquals(values, Checkpoint.read(prefix, variables));
    assertEquals(
        List.of("ckpt-7" + DATA, "ckpt-7.index"), names(prefix.getParent()), "nothing else");
  }

  @Test
  void write_isReadByTensorFlow() {
    Path prefix = folder.resolve("ckpt");
    Checkpoint.write(prefix, Map.of("odd", ODD, "step", TensorProtos.scalar(5L)));
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      var restored =
          tf.train.restore(
              tf.constant(prefix.toString()),
              tf.array("step", "odd"),
              tf.array("", ""),
              List.of(TInt64.class, TFloat32.class));
      try (Result result =
          session
              .runner()
              .fetch(restored.tensors().get(0))
              .fetch(restored.tensors().get(1))
              .run()) {
        assertEquals(5, ((TInt64) result.get(0)).getLong());
        assertEquals(ODD, TensorProtos.of(result.get(1)));
      }
    }
  }

  @Test
  void read_readsWhatTensorFlowWrote() {
    Path prefix = folder.resolve("ckpt");
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      TestModels.variable(tf, Kind.REFERENCE, "w", Shape.of(2), 3, 4);
      session.initialize();
      session.save(prefix.toString());
    }
    TensorProto zeros = TensorProtos.floats(Shape.of(2), 0, 0);
    assertEquals(
        Map.of("w", TensorProtos.floats(Shape.of(2), 3, 4)),
        Checkpoint.read(prefix, List.of(new Variable("w", Kind.REFERENCE, true, zeros))));
  }

  @Test
  void read_severalDataFiles() {
    Path prefix = sharded();
    assertEquals(
        List.of("ckpt.data-00000-of-00002", "ckpt.data-00001-of-00002", "ckpt.index"),
        names(folder));
    assertTrue(Checkpoint.exists(prefix));
    Variable odd = new Variable("odd", Kind.RESOURCE, true, ODD);
    assertEquals(Map.of("odd", ODD), Checkpoint.read(prefix, List.of(odd)));
    assertEquals(5, step(prefix));
  }

  @Test
  void read_missingDataFile_saysWhichThereAre() throws IOException {
    Path prefix = sharded();
    Files.delete(folder.resolve("ckpt.data-00001-of-00002"));
    assertFalse(Checkpoint.exists(prefix));
    var error = assertThrows(IllegalArgumentException.class, () -> step(prefix));
    assertTrue(
        error.getMessage().contains("incomplete: of its data there is only [ckpt.data-00000-of"),
        error.getMessage());
    Files.delete(folder.resolve("ckpt.data-00000-of-00002"));
    error = assertThrows(IllegalArgumentException.class, () -> step(prefix));
    assertTrue(error.getMessage().contains("there is no file"), error.getMessage());
  }

  @Test
  void writeAndDelete_leaveNoneOfSeveralDataFiles() {
    Path prefix = sharded();
    Checkpoint.write(prefix, Map.of("step", TensorProtos.scalar(6L)));
    assertEquals(6, step(prefix));
    assertEquals(List.of("ckpt" + DATA, "ckpt.index"), names(folder));
    Checkpoint.delete(prefix);
    Checkpoint.delete(sharded());
    assertEquals(List.of(), names(folder));
  }

  /** A checkpoint of two data files, as TensorFlow merges those of two machines. */
  private Path sharded() {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Path prefix = folder.resolve("ckpt");
    Checkpoint.write(first, Map.of("odd", ODD));
    Checkpoint.write(second, Map.of("step", TensorProtos.scalar(5L)));
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      session.run(
          tf.train.mergeV2Checkpoints(
              tf.array(first.toString(), second.toString()), tf.constant(prefix.toString())));
    }
    return prefix;
  }

  @Test
  void write_samePrefix_replaces() {
    Path prefix = folder.resolve("ckpt");
    Checkpoint.write(prefix, Map.of("step", TensorProtos.scalar(1L), "other", ODD));
    Checkpoint.write(prefix, Map.of("step", TensorProtos.scalar(2L)));
    assertEquals(2, step(prefix));
    assertEquals(List.of("ckpt" + DATA, "ckpt.index"), names(folder));
  }

  @Test
  void crash_beforeTheNewOneIsComplete_leavesTheOldOne() throws IOException {
    Path prefix = twoCheckpoints();
    // Killed before the index was written, and between the two files of a complete one.
    move("new" + DATA, "ckpt.complete" + DATA);
    assertEquals(1, step(prefix));
    move("new.index", "ckpt.tmp-1.index");
    assertEquals(1, step(prefix));
    Checkpoint.write(prefix, Map.of("step", TensorProtos.scalar(3L)));
    assertEquals(3, step(prefix));
  }

  @Test
  void crash_beforeTheNewOneIsInPlace_isFinishedLater() throws IOException {
    Path prefix = twoCheckpoints();
    move("new" + DATA, "ckpt.complete" + DATA);
    move("new.index", "ckpt.complete.index");
    assertEquals(2, step(prefix));
    assertEquals(List.of("ckpt" + DATA, "ckpt.index"), names(folder));
  }

  @Test
  void crash_betweenDataAndIndex_isFinishedLater() throws IOException {
    Path prefix = twoCheckpoints();
    move("new" + DATA, "ckpt" + DATA);
    move("new.index", "ckpt.complete.index");
    assertEquals(2, step(prefix));
  }

  @Test
  void crash_betweenDataAndIndex_doesNotDisturbTheNextWrite() throws IOException {
    Path prefix = twoCheckpoints();
    move("new" + DATA, "ckpt" + DATA);
    move("new.index", "ckpt.complete.index");
    Checkpoint.write(prefix, Map.of("step", TensorProtos.scalar(3L)));
    assertEquals(3, step(prefix));
    assertEquals(List.of("ckpt" + DATA, "ckpt.index"), names(folder));
  }

  @Test
  void exists_isFalseForHalfOfOne() throws IOException {
    Path prefix = folder.resolve("ckpt");
    assertFalse(Checkpoint.exists(prefix));
    Checkpoint.write(prefix, Map.of("odd", ODD));
    Files.delete(folder.resolve("ckpt.index"));
    assertFalse(Checkpoint.exists(prefix));
  }

  @Test
  void delete_removesAllFiles() throws IOException {
    Path prefix = twoCheckpoints();
    move("new" + DATA, "ckpt.complete" + DATA);
    move("new.index", "ckpt.complete.index");
    Checkpoint.delete(prefix);
    Checkpoint.delete(prefix);
    assertEquals(List.of(), names(folder));
  }

  @Test
  void read_damagedData_namesVariableAndCheckpoint() throws IOException {
    Path prefix = folder.resolve("ckpt");
    Checkpoint.write(prefix, Map.of("odd", ODD));
    Path data = folder.resolve("ckpt" + DATA);
    byte[] bytes = Files.readAllBytes(data);
    bytes[5] ^= 1;
    Files.write(data, bytes);
    assertUnreadable(prefix);
    Files.write(data, Arrays.copyOf(bytes, bytes.length / 2));
    assertUnreadable(prefix);
  }

  @Test
  void read_ofAVariableThatTheCheckpointLacks_saysWhy() {
    Path prefix = folder.resolve("ckpt");
    Checkpoint.write(prefix, Map.of("odd", ODD));
    List<Variable> slot = List.of(new Variable("odd/Adam/m", Kind.RESOURCE, false, ODD));
    var error = assertThrows(IllegalArgumentException.class, () -> Checkpoint.read(prefix, slot));
    String expected = prefix + " has no variable \"odd/Adam/m\": it was written with another model";
    assertTrue(error.getMessage().contains(expected), error.getMessage());
  }

  private static void assertUnreadable(Path prefix) {
    List<Variable> odd = List.of(new Variable("odd", Kind.RESOURCE, true, ODD));
    var error = assertThrows(IllegalArgumentException.class, () -> Checkpoint.read(prefix, odd));
    assertTrue(error.getMessage().contains("\"odd\""), error.getMessage());
    assertTrue(error.getMessage().contains(prefix.toString()), error.getMessage());
  }

  @Test
  void write_whereNothingCanBeWritten_namesThePrefix() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Path prefix = file.resolve("ckpt");
    var error =
        assertThrows(
            UncheckedIOException.class, () -> Checkpoint.write(prefix, Map.of("odd", ODD)));
    assertTrue(error.getMessage().contains(prefix.toString()), error.getMessage());
  }

  @Test
  void write_nothing_isRefused() {
    Path prefix = folder.resolve("ckpt");
    assertThrows(IllegalArgumentException.class, () -> Checkpoint.write(prefix, Map.of()));
    assertEquals(List.of(), names(folder));
  }

  @Test
  void writesAndReadsOfManyThreads_giveWholeCheckpoints() throws Exception {
    Path prefix = folder.resolve("ckpt");
    List<Variable> variables = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      variables.add(
          new Variable("v" + i, Kind.RESOURCE, true, TensorProtos.floats(Shape.of(2), 0, 0)));
    }
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    write(prefix, variables, 0);
    List<Thread> threads = new ArrayList<>();
    for (int t = 1; t <= 3; t++) {
      int number = t;
      threads.add(
          new Thread(
              () -> {
                try {
                  for (int k = 0; k < 20; k++) {
                    if (number < 3) {
                      write(prefix, variables, number);
                    } else {
                      Set<TensorProto> found =
                          new HashSet<>(Checkpoint.read(prefix, variables).values());
                      assertEquals(1, found.size(), "a mixture: " + found);
                    }
                  }
                } catch (RuntimeException | AssertionError e) {
                  failures.add(e);
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
    assertEquals(List.of("ckpt" + DATA, "ckpt.index"), names(folder));
  }

  private static void write(Path prefix, List<Variable> variables, float value) {
    Map<String, TensorProto> values = new LinkedHashMap<>();
    variables.forEach(v -> values.put(v.name(), TensorProtos.floats(Shape.of(2), value, value)));
    Checkpoint.write(prefix, values);
  }

  @Test
  void write_removesWhatKilledProcessesLeft() throws IOException {
    Path prefix = folder.resolve("ckpt");
    for (String left :
        List.of(
            "ckpt.tmp-77.index",
            "ckpt.tmp-77" + DATA + ".tempstate123",
            ".ckpt.tfmot-lock",
            AtomicFile.temporary(prefix).getFileName() + DATA)) {
      Files.createFile(folder.resolve(left));
    }
    Checkpoint.write(prefix, Map.of("odd", ODD));
    assertEquals(List.of("ckpt" + DATA, "ckpt.index"), names(folder));
  }

  /** {@code ckpt} with step 1 and {@code new} with step 2, whose files a test puts somewhere. */
  private Path twoCheckpoints() {
    Checkpoint.write(folder.resolve("ckpt"), Map.of("step", TensorProtos.scalar(1L)));
    Checkpoint.write(folder.resolve("new"), Map.of("step", TensorProtos.scalar(2L)));
    return folder.resolve("ckpt");
  }

  @Test
  void readUnderTheLock_afterADeathBetweenTheTwoMoves_isTheNewOne() throws IOException {
    Path prefix = twoCheckpoints();
    move("new" + DATA, "ckpt" + DATA);
    move("new.index", "ckpt.complete.index");
    Variable step = new Variable("step", Kind.RESOURCE, false, TensorProtos.scalar(0L));
    assertEquals(2, TensorProtos.toLong(Checkpoint.readLocked(prefix, List.of(step)).get("step")));
  }

  private void move(String from, String to) throws IOException {
    Files.deleteIfExists(folder.resolve(to));
    Files.move(folder.resolve(from), folder.resolve(to));
  }

  private static long step(Path prefix) {
    Variable step = new Variable("step", Kind.RESOURCE, false, TensorProtos.scalar(0L));
    return TensorProtos.toLong(Checkpoint.read(prefix, List.of(step)).get("step"));
  }

  private static List<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void checkpointOverWhatIsNoFile_isRefusedAndLeavesIt() throws IOException {
    Files.createDirectories(folder.resolve("ck.index/inner"));
    Map<String, TensorProto> values = Map.of("w", TensorProtos.scalar(1f));
    var error =
        assertThrows(
            UncheckedIOException.class, () -> Checkpoint.write(folder.resolve("ck"), values));
    assertTrue(error.getMessage().contains("there is a folder"), error.getMessage());
    assertFalse(Checkpoint.exists(folder.resolve("ck")));
    assertFalse(Files.exists(folder.resolve("ck.data-00000-of-00001")));
  }
}
