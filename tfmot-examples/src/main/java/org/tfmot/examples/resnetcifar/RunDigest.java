package org.tfmot.examples.resnetcifar;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Variable;

/** Tells training runs apart: equal for the same start and settings, in every JVM. */
final class RunDigest {

  private static final int LENGTH = 8;

  private RunDigest() {}

  /** A digest of the graph and the values that a run starts with and of what else decides it. */
  static String of(GraphModel start, Object... settings) {
    Hasher hasher = Hashing.sha256().newHasher();
    for (Object setting : settings) {
      hasher.putString(setting + "\n", StandardCharsets.UTF_8);
    }
    start.graphDef().getNodeList().stream()
        .sorted(Comparator.comparing(NodeDef::getName))
        .forEach(node -> hasher.putBytes(bytes(node)));
    start.variables().values().stream()
        .sorted(Comparator.comparing(Variable::name))
        .forEach(
            v -> hasher.putString(v.name(), StandardCharsets.UTF_8).putBytes(bytes(v.value())));
    return hasher.hash().toString().substring(0, LENGTH);
  }

  /** The order of attributes, which a hash map decides, must not matter. */
  private static byte[] bytes(Message message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream output = CodedOutputStream.newInstance(bytes);
    output.useDeterministicSerialization();
    try {
      message.writeTo(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }
}
