package org.tfmot.api;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tfmot.api.functions.DeepGraphs;
import org.tfmot.api.graph.GraphCheck;
import org.tfmot.api.graph.NearestNames;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.io.AtomicFile;

/** Loads and saves models in TensorFlow's SavedModel format. */
final class SavedModels {

  static final String TAG = "serve";
  static final String DEFAULT_SIGNATURE = "serving_default";

  /** A marker among the signatures, not one. */
  private static final String INIT_OP = "__saved_model_init_op";

  private static final String GRAPH_FILE = "saved_model.pb";

  /** The same in pieces, which some versions of TensorFlow read first. */
  private static final String SPLIT_FILE = "saved_model.cpb";

  /** Prefix of the variables' checkpoint in a SavedModel. */
  private static final Path VARIABLES = Path.of("variables", "variables");

  private SavedModels() {}

  /**
   * Loads a model.
   *
   * @param signature which signature; if null, the one for serving or the only one
   * @param tags which graph; if null, the one for serving or the only one
   */
  static GraphModel load(Path directory, @Nullable String signature, @Nullable Set<String> tags) {
    MetaGraphDef metaGraph = metaGraph(directory, tags);
    String key = signature(directory, metaGraph, signature);
    Endpoints endpoints = endpoints(directory, metaGraph, key);
    try {
      // Native code reads the graph, and what crashes it must not get there.
      GraphCheck.verify(metaGraph.getGraphDef());
      return load(directory, metaGraph, endpoints);
    } catch (TensorFlowException | IllegalArgumentException | UnsupportedOperationException e) {
      throw new IllegalArgumentException(
          "the SavedModel %s with signature \"%s\" cannot be loaded: %s"
              .formatted(directory, key, TensorFlowErrors.reason(e, metaGraph.getGraphDef())),
          e);
    }
  }

  private static GraphModel load(Path directory, MetaGraphDef metaGraph, Endpoints endpoints) {
    try (SavedModelBundle bundle = bundle(directory, metaGraph)) {
      GraphModel saved = GraphModel.of(bundle.graph(), bundle.session(), endpoints);
      boolean own = TrainingCollections.isOwn(metaGraph);
      return TrainingCollections.withTrainable(own ? saved : taken(saved, endpoints), metaGraph);
    }
  }

  private static SavedModelBundle bundle(Path directory, MetaGraphDef metaGraph) {
    GraphDef graph = metaGraph.getGraphDef();
    return SavedModelBundle.loader(directory.toString())
        .withTags(tags(metaGraph).toArray(String[]::new))
        .withConfigProto(DeepGraphs.config(graph, ConfigProto.getDefaultInstance()))
        .load();
  }

  /** A model by others, with the operations that techniques know. */
  private static GraphModel taken(GraphModel saved, Endpoints endpoints) {
    // The model's own endpoints are those after its inputs were cut, but in a mode already.
    GraphModel inlined =
        FunctionInlining.inline(saved, saved.endpoints().toBuilder().modeOf(endpoints).build());
    GraphModel unrolled = LoopUnrolling.unroll(inlined, LoopUnrolling.MOST_STEPS).model();
    return BatchNormRecognition.recognize(VariableRows.ofValues(unrolled));
  }

  static void save(GraphModel model, Path directory) {
    requireEmpty(directory);
    MetaGraphDef metaGraph = SavedModelGraph.of(model);
    try {
      Files.createDirectories(directory);
      if (!model.variables().isEmpty()) {
        model.saveCheckpoint(directory.resolve(VARIABLES));
      }
      // Last, because this file is what makes the folder a SavedModel.
      AtomicFile.write(
          directory.resolve(GRAPH_FILE),
          SavedModel.newBuilder()
              .setSavedModelSchemaVersion(1)
              .addMetaGraphs(metaGraph)
              .build()
              .toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write the SavedModel %s: %s".formatted(directory, AtomicFile.reason(e)), e);
    }
  }

  private static void requireEmpty(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    if (!Files.isDirectory(directory)) {
      throw new IllegalArgumentException(directory + " is a file; a SavedModel is a folder");
    }
    try (Stream<Path> files = Files.list(directory)) {
      if (files.findAny().isPresent()) {
        throw new IllegalArgumentException(
            "the folder " + directory + " is not empty: save into a new one");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the folder " + directory, e);
    }
  }

  /** Returns the graph that TensorFlow will read, so that what is checked is what is loaded. */
  private static MetaGraphDef metaGraph(Path directory, @Nullable Set<String> wanted) {
    List<MetaGraphDef> all = parse(directory).getMetaGraphsList();
    Set<String> tags = wanted == null ? Set.of(TAG) : wanted;
    // TensorFlow compares sets, too, and takes the first that is equal.
    List<MetaGraphDef> fitting = all.stream().filter(each -> tags(each).equals(tags)).toList();
    if (fitting.isEmpty() && wanted == null) {
      fitting = all.size() == 1 ? all : all.stream().filter(g -> tags(g).contains(TAG)).toList();
    }
    if (fitting.size() == 1) {
      return fitting.get(0);
    }
    List<List<String>> found =
        all.stream().map(each -> List.copyOf(each.getMetaInfoDef().getTagsList())).toList();
    boolean twice = fitting.stream().map(SavedModels::tags).distinct().count() < fitting.size();
    if (twice) {
      throw new IllegalArgumentException(
          "the SavedModel %s has %d graphs with the tag %s, of %s: export it with one"
              .formatted(directory, fitting.size(), quoted(fitting.get(0)), found));
    }
    String remedy =
        wanted == null ? "; say which to load: GraphModel.load(folder, signature, tags)" : "";
    throw new IllegalArgumentException(
        fitting.isEmpty()
            ? "the SavedModel %s has no graph with the tags %s, only %s%s"
                .formatted(directory, tags, found, remedy)
            : "the SavedModel %s has %d graphs with the tag \"%s\", of %s%s"
                .formatted(directory, fitting.size(), TAG, found, remedy));
  }

  private static String quoted(MetaGraphDef metaGraph) {
    return tags(metaGraph).stream().map("\"%s\""::formatted).collect(Collectors.joining(", "));
  }

  private static Set<String> tags(MetaGraphDef metaGraph) {
    return Set.copyOf(metaGraph.getMetaInfoDef().getTagsList());
  }

  private static SavedModel parse(Path directory) {
    Path file = directory.resolve(GRAPH_FILE);
    if (Files.exists(directory.resolve(SPLIT_FILE))) {
      throw new IllegalArgumentException(
          "the SavedModel %s has a %s, a model in pieces, which is not read: export it without experimental_image_format"
              .formatted(directory, SPLIT_FILE));
    }
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          ("there is no SavedModel in %s: no %s. A SavedModel is a folder: export it from Keras"
                  + " with model.export(folder); .keras and .h5 files are not read")
              .formatted(directory, file));
    }
    try {
      return SavedModel.parseFrom(Files.readAllBytes(file));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("the file " + file + " is damaged", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s: %s".formatted(file, AtomicFile.reason(e)), e);
    }
  }

  private static String signature(Path directory, MetaGraphDef metaGraph, @Nullable String wanted) {
    List<String> keys = new ArrayList<>(metaGraph.getSignatureDefMap().keySet());
    keys.remove(INIT_OP);
    if (wanted != null) {
      if (keys.contains(wanted)) {
        return wanted;
      }
      throw new IllegalArgumentException(
          "the SavedModel %s has no signature \"%s\": %s"
              .formatted(directory, wanted, NearestNames.hint(wanted, keys)));
    }
    if (keys.contains(DEFAULT_SIGNATURE)) {
      return DEFAULT_SIGNATURE;
    }
    if (keys.size() == 1) {
      return keys.get(0);
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(
          ("the SavedModel %s has no signature, which names inputs and outputs: export it with one"
                  + " (in Python tf.saved_model.save(model, folder, signatures=...) or"
                  + " model.export(folder)), or name them yourself: GraphModel.of(graphDef,"
                  + " endpoints, variables)")
              .formatted(directory));
    }
    throw new IllegalArgumentException(
        "the SavedModel %s has no signature \"%s\", nor just one: say which to load, of %s"
            .formatted(directory, DEFAULT_SIGNATURE, keys));
  }

  private static Endpoints endpoints(Path directory, MetaGraphDef metaGraph, String key) {
    SignatureDef signature = metaGraph.getSignatureDefOrThrow(key);
    if (signature.getOutputsCount() == 0) {
      throw new IllegalArgumentException(
          "signature \"%s\" of the SavedModel %s has no output".formatted(key, directory));
    }
    Endpoints.Builder endpoints = Endpoints.builder();
    signature
        .getInputsMap()
        .forEach((name, tensor) -> endpoints.input(name, dense(directory, key, name, tensor)));
    signature
        .getOutputsMap()
        .forEach((name, tensor) -> endpoints.output(name, dense(directory, key, name, tensor)));
    // A SavedModel by others does not tell its mode; its graph does.
    TrainingCollections.read(metaGraph.getCollectionDefMap(), endpoints);
    return endpoints.build();
  }

  private static String dense(Path directory, String key, String name, TensorInfo tensor) {
    if (tensor.getName().isEmpty()) {
      throw new IllegalArgumentException(
          ("\"%s\" in the signature \"%s\" of the SavedModel %s is %s, not a dense tensor: export a"
               + " signature whose function takes a dense one, padded to one length, and makes the"
               + " other of it inside")
              .formatted(
                  name,
                  key,
                  directory,
                  tensor.hasCooSparse() ? "a sparse tensor" : "a ragged or composite tensor"));
    }
    return tensor.getName();
  }
}
