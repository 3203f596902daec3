package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;

/**
 * Changes {@code .tflite} files in place, by the schema: indices, types, scales, zero points,
 * shapes, options, operator codes, buffers, virtual tables; and single bits anywhere.
 */
public final class FileMutations {

  /** One number of a file. */
  private record Slot(int at, Kind kind) {}

  private enum Kind {
    BYTE,
    SHORT,
    INT,
    LONG,
    FLOAT
  }

  private static final int[] INTS = {
    -1, 0, 1, 2, 3, 4, 7, 16, 100, 255, 4096, 0x7FFF, 0x10000, Integer.MIN_VALUE, Integer.MAX_VALUE
  };
  private static final float[] FLOATS = {
    0, -1, 1, 2, Float.NaN, Float.POSITIVE_INFINITY, 1e-30f, 1e-9f, 1e9f, 1e30f, 1e-42f, 0.5f
  };

  private final ByteBuffer file;
  private final List<List<Slot>> groups = new ArrayList<>();
  private final List<Slot> layouts = new ArrayList<>();

  private FileMutations(byte[] file) {
    this.file = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    groups.add(layouts);
    FlatTable model = FlatTable.root(this.file);
    layout(model);
    List<Slot> codes = group();
    model
        .getTables(1)
        .forEach(
            code -> {
              scalar(codes, code, 0, Kind.BYTE);
              scalar(codes, code, 2, Kind.INT);
              scalar(codes, code, 3, Kind.INT);
            });
    for (FlatTable graph : model.getTables(2)) {
      graph(graph);
    }
    List<Slot> buffers = group();
    for (FlatTable buffer : model.getTables(4)) {
      int start = buffer.vector(0, 1);
      int length = start == 0 ? 0 : this.file.getInt(start - 4);
      // Shapes, axes and indices are short.
      for (int i = 0; i + 4 <= length && length <= 64; i += 4) {
        buffers.add(new Slot(start + i, Kind.INT));
      }
      if (start != 0) {
        buffers.add(new Slot(start - 4, Kind.INT));
      }
    }
    groups.removeIf(List::isEmpty);
  }

  private void graph(FlatTable graph) {
    List<Slot> types = group();
    List<Slot> shapes = group();
    List<Slot> scales = group();
    List<Slot> tensors = group();
    layout(graph);
    for (FlatTable tensor : graph.getTables(0)) {
      layout(tensor);
      scalar(types, tensor, 1, Kind.BYTE);
      vector(shapes, tensor, 0, Kind.INT);
      vector(shapes, tensor, 7, Kind.INT);
      scalar(tensors, tensor, 2, Kind.INT);
      scalar(tensors, tensor, 5, Kind.BYTE);
      FlatTable quantization = tensor.getTable(4);
      if (quantization != null) {
        vector(scales, quantization, 2, Kind.FLOAT);
        vector(scales, quantization, 3, Kind.LONG);
        scalar(scales, quantization, 6, Kind.INT);
      }
    }
    List<Slot> operands = group();
    List<Slot> options = group();
    for (FlatTable operator : graph.getTables(3)) {
      layout(operator);
      scalar(operands, operator, 0, Kind.INT);
      vector(operands, operator, 1, Kind.INT);
      vector(operands, operator, 2, Kind.INT);
      scalar(options, operator, 3, Kind.BYTE);
      FlatTable table = operator.getTable(4);
      if (table != null) {
        layout(table);
      }
      for (int field = 0; table != null && field < 8; field++) {
        int at = table.locate(field);
        scalar(options, table, field, at % 4 == 0 && at + 4 <= file.limit() ? Kind.INT : Kind.BYTE);
      }
    }
    List<Slot> endpoints = group();
    vector(endpoints, graph, 1, Kind.INT);
    vector(endpoints, graph, 2, Kind.INT);
  }

  /** Says where a table has its fields: its virtual table, and the way to that. */
  private void layout(FlatTable table) {
    int at = table.position() - file.getInt(table.position());
    layouts.add(new Slot(table.position(), Kind.INT));
    for (int i = 0; i < file.getShort(at); i += 2) {
      layouts.add(new Slot(at + i, Kind.SHORT));
    }
  }

  private List<Slot> group() {
    List<Slot> group = new ArrayList<>();
    groups.add(group);
    return group;
  }

  private static void scalar(List<Slot> slots, FlatTable table, int field, Kind kind) {
    int at = table.locate(field);
    if (at != 0) {
      slots.add(new Slot(at, kind));
    }
  }

  private void vector(List<Slot> slots, FlatTable table, int field, Kind kind) {
    int size = kind == Kind.LONG ? 8 : 4;
    int start = table.vector(field, size);
    if (start != 0) {
      slots.add(new Slot(start - 4, Kind.INT));
      for (int i = 0; i < file.getInt(start - 4); i++) {
        slots.add(new Slot(start + size * i, kind));
      }
    }
  }

  /** Returns a copy of a file with one to three numbers changed. */
  public static byte[] mutate(byte[] original, Random random) {
    byte[] file = original.clone();
    if (random.nextInt(8) == 0) {
      for (int i = random.nextInt(3); i >= 0; i--) {
        file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
      }
      return file;
    }
    FileMutations mutations = new FileMutations(file);
    for (int i = random.nextInt(3); i >= 0; i--) {
      List<Slot> group = mutations.groups.get(random.nextInt(mutations.groups.size()));
      mutations.change(group, group.get(random.nextInt(group.size())), random);
    }
    return file;
  }

  private void change(List<Slot> group, Slot slot, Random random) {
    // Half of the numbers are those of another place, the others are off a little or far.
    Slot other = group.get(random.nextInt(group.size()));
    int way = random.nextInt(4);
    if (way < 2 && other.kind() == slot.kind()) {
      switch (slot.kind()) {
        case BYTE -> file.put(slot.at(), file.get(other.at()));
        case SHORT -> file.putShort(slot.at(), file.getShort(other.at()));
        case LONG -> file.putLong(slot.at(), file.getLong(other.at()));
        default -> file.putInt(slot.at(), file.getInt(other.at()));
      }
      return;
    }
    int step = random.nextBoolean() ? 1 : -1;
    switch (slot.kind()) {
      case BYTE ->
          file.put(
              slot.at(),
              (byte) (way == 2 ? file.get(slot.at()) + step : random.nextInt(way == 3 ? 20 : 256)));
      case SHORT ->
          file.putShort(
              slot.at(),
              (short)
                  (way == 2
                      ? file.getShort(slot.at()) + 2 * step
                      : INTS[random.nextInt(INTS.length)]));
      case INT ->
          file.putInt(
              slot.at(),
              way == 2 ? file.getInt(slot.at()) + step : INTS[random.nextInt(INTS.length)]);
      case LONG ->
          file.putLong(
              slot.at(),
              way == 2 ? file.getLong(slot.at()) + step : INTS[random.nextInt(INTS.length)]);
      case FLOAT ->
          file.putFloat(
              slot.at(),
              way == 2
                  ? file.getFloat(slot.at()) * (float) Math.pow(2, random.nextInt(40) - 20)
                  : FLOATS[random.nextInt(FLOATS.length)]);
    }
  }

  /** Returns whether a model is small enough to be run within a trial. */
  public static boolean isSmall(TfLiteModel model) {
    long bytes = 0;
    for (TfLiteTensor tensor : model.tensors()) {
      bytes += tensor.elementCount();
    }
    GraphWalk walk = new GraphWalk(model.subgraphs());
    walk.walk(model.subgraphs().get(0), inputShapes(model));
    return bytes + walk.elements() < 20_000_000;
  }

  /** Returns the shapes of the outputs as the rules compute them. */
  static List<int @Nullable []> outputShapes(TfLiteModel model) {
    return new GraphWalk(model.subgraphs()).walk(model.subgraphs().get(0), inputShapes(model));
  }

  private static List<int @Nullable []> inputShapes(TfLiteModel model) {
    List<int @Nullable []> inputs = new ArrayList<>();
    for (int input : model.subgraphs().get(0).inputs()) {
      inputs.add(KnownTensors.declared(model.tensors().get(input)));
    }
    return inputs;
  }
}
