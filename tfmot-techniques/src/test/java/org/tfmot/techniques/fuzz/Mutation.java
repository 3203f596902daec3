package org.tfmot.techniques.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Damages a message in one place: a field somewhere in it is dropped, doubled, moved or given
 * another value, such as an extreme one or a name from elsewhere in the message.
 */
final class Mutation {

  private static final long[] NUMBERS = {
    -1,
    0,
    1,
    2,
    7,
    255,
    300,
    1 << 20,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 40,
    Long.MAX_VALUE
  };
  private static final double[] REALS = {0, -1, 1e30, Double.NaN, Double.POSITIVE_INFINITY};
  private static final int MOST_NAMES = 500;

  private final Random random;
  private final List<String> names = new ArrayList<>();

  private Mutation(Random random) {
    this.random = random;
  }

  /** Returns a message that differs from another one in one to three places. */
  @SuppressWarnings("unchecked")
  static <T extends Message> T of(T message, Random random) {
    Mutation mutation = new Mutation(random);
    mutation.collect(message);
    Message changed = message;
    for (int i = random.nextInt(3); i >= 0; i--) {
      changed = mutation.change(changed);
    }
    return (T) changed;
  }

  private void collect(Message message) {
    message
        .getAllFields()
        .forEach(
            (field, value) -> {
              for (Object each : field.isRepeated() ? items(field, value) : List.of(value)) {
                if (each instanceof Message inner) {
                  collect(inner);
                } else if (each instanceof String name && names.size() < MOST_NAMES) {
                  names.add(name);
                }
              }
            });
  }

  private Message change(Message message) {
    Message.Builder builder = message.toBuilder();
    List<FieldDescriptor> fields = new ArrayList<>(message.getAllFields().keySet());
    boolean absent = fields.isEmpty() || random.nextInt(20) == 0;
    List<FieldDescriptor> choice = absent ? message.getDescriptorForType().getFields() : fields;
    if (choice.isEmpty()) {
      return message;
    }
    FieldDescriptor field = choice.get(random.nextInt(choice.size()));
    if (field.isRepeated()) {
      changeList(builder, field);
    } else if (random.nextInt(12) == 0) {
      builder.clearField(field);
    } else {
      builder.setField(field, changed(field, builder.getField(field)));
    }
    return builder.build();
  }

  /** Returns a list; that of a map in the order of its keys, for a message has it in any. */
  private static List<Object> items(FieldDescriptor field, Object value) {
    List<Object> items = new ArrayList<>((List<?>) value);
    if (field.isMapField()) {
      FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
      items.sort(Comparator.comparing(entry -> ((Message) entry).getField(key).toString()));
    }
    return items;
  }

  private void changeList(Message.Builder builder, FieldDescriptor field) {
    List<Object> items = items(field, builder.getField(field));
    if (items.isEmpty()) {
      if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
        builder.addRepeatedField(field, fresh(field));
      }
      return;
    }
    int place = random.nextInt(items.size());
    switch (random.nextInt(10)) {
      case 0 -> items.remove(place);
      case 1 -> items.add(items.get(place));
      case 2 -> items.add(0, items.remove(place));
      case 3 -> items.set(place, items.get(random.nextInt(items.size())));
      default -> items.set(place, changed(field, items.get(place)));
    }
    builder.setField(field, items);
  }

  private Object changed(FieldDescriptor field, Object value) {
    return switch (field.getJavaType()) {
      case MESSAGE -> change((Message) value);
      case BYTE_STRING -> bytes((ByteString) value);
      default -> fresh(field);
    };
  }

  private Object fresh(FieldDescriptor field) {
    long number = NUMBERS[random.nextInt(NUMBERS.length)];
    double real = REALS[random.nextInt(REALS.length)];
    return switch (field.getJavaType()) {
      case INT -> (int) number;
      case LONG -> number;
      case FLOAT -> (float) real;
      case DOUBLE -> real;
      case BOOLEAN -> random.nextBoolean();
      case STRING -> name();
      case ENUM -> {
        var values = field.getEnumType().getValues();
        yield random.nextInt(8) == 0
            ? field.getEnumType().findValueByNumberCreatingIfUnknown(99)
            : values.get(random.nextInt(values.size()));
      }
      case BYTE_STRING -> ByteString.copyFromUtf8(name());
      case MESSAGE -> throw new IllegalStateException("a message is changed, not made");
    };
  }

  private String name() {
    String name = names.isEmpty() ? "" : names.get(random.nextInt(names.size()));
    return switch (random.nextInt(8)) {
      case 0 -> name + ":1";
      case 1 -> "^" + name;
      case 2 -> "";
      case 3 -> name + "_";
      default -> name;
    };
  }

  /** Returns bytes cut off, or with a bit flipped. */
  private ByteString bytes(ByteString value) {
    return ByteString.copyFrom(bytes(value.toByteArray(), random));
  }

  /** Returns bytes cut off, longer, or with bits flipped. */
  static byte[] bytes(byte[] value, Random random) {
    if (value.length == 0 || random.nextInt(5) == 0) {
      return Arrays.copyOf(value, random.nextInt(value.length + 9));
    }
    byte[] changed = value.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return changed;
  }
}
