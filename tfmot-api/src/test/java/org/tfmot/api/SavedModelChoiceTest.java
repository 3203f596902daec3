package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.api.RewrittenModel.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tfmot.api.Variable.Kind;

/** Which of the graphs and signatures of a SavedModel is loaded. */
class SavedModelChoiceTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"", "train", "serve tpu", "serve gpu quantized"})
  void load_onlyGraph_isTaken_whateverItsTags(String tags) throws IOException {
    rewrite(
        graph ->
            graph
                .getMetaInfoDefBuilder()
                .clearTags()
                .addAllTags(tags.isEmpty() ? List.of() : List.of(tags.split(" "))));
    assertEquals(2, GraphModel.load(folder.resolve("saved")).variables().size());
  }

  @Test
  void load_oneOfSeveralGraphs_isTheOneToServe_orTheOneAskedFor() throws IOException {
    tagged(List.of("train"), List.of("serve", "tpu"));
    Path saved = folder.resolve("saved");
    assertEquals(2, GraphModel.load(saved).variables().size());
    assertEquals(2, GraphModel.load(saved, "serving_default", Set.of("train")).variables().size());
    var error =
        assertThrows(
            IllegalArgumentException.class,
            () -> GraphModel.load(saved, "serving_default", Set.of("tpu")));
    assertTrue(
        error.getMessage().contains("no graph with the tags [tpu], only [[train], [serve, tpu]]"),
        error.getMessage());
  }

  @Test
  void load_severalGraphsToServe_areNamed_withTheRemedy() throws IOException {
    tagged(List.of("serve", "gpu"), List.of("serve", "tpu"));
    assertRefused(
        folder.resolve("saved"),
        "2 graphs with the tag \"serve\", of [[serve, gpu], [serve, tpu]]; say which to load:"
            + " GraphModel.load(folder, signature, tags)");
  }

  private void tagged(List<String> first, List<String> second) throws IOException {
    TestModels.dense(Kind.RESOURCE).save(folder.resolve("saved"));
    Path file = folder.resolve("saved/saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    MetaGraphDef.Builder other = saved.getMetaGraphs(0).toBuilder();
    other.getMetaInfoDefBuilder().clearTags().addAllTags(second);
    saved.getMetaGraphsBuilder(0).getMetaInfoDefBuilder().clearTags().addAllTags(first);
    Files.write(file, saved.addMetaGraphs(other).build().toByteArray());
  }

  @Test
  void load_tagTwice_isTheSameSet() throws IOException {
    rewrite(graph -> graph.getMetaInfoDefBuilder().addTags("serve"));
    assertEquals(2, GraphModel.load(folder.resolve("saved")).variables().size());
  }

  @Test
  void load_secondGraphOfTheSameTags_isRefused() throws IOException {
    TestModels.dense(Kind.RESOURCE).save(folder.resolve("saved"));
    Path file = folder.resolve("saved/saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    MetaGraphDef.Builder first = saved.getMetaGraphs(0).toBuilder();
    first.getMetaInfoDefBuilder().addTags("serve");
    first.getGraphDefBuilder().getNodeBuilder(0).setOp("Nothing");
    Files.write(file, saved.addMetaGraphs(0, first).build().toByteArray());
    assertRefused(
        folder.resolve("saved"),
        "has 2 graphs with the tag \"serve\", of [[serve, serve], [serve]]");
  }

  @Test
  void load_modelInPiecesBesideTheOther_isRefused() throws IOException {
    TestModels.dense(Kind.RESOURCE).save(folder.resolve("saved"));
    Files.writeString(folder.resolve("saved/saved_model.cpb"), "other");
    assertRefused(folder.resolve("saved"), "has a saved_model.cpb, a model in pieces");
  }

  @Test
  void load_textBesideTheBinary_isNotRead() throws IOException {
    TestModels.dense(Kind.RESOURCE).save(folder.resolve("saved"));
    Files.writeString(folder.resolve("saved/saved_model.pbtxt"), "other");
    assertEquals(2, GraphModel.load(folder.resolve("saved")).variables().size());
  }

  @Test
  void load_severalSignaturesWithoutDefault_isRefused() throws IOException {
    rewrite(
        graph -> {
          SignatureDef signature = graph.getSignatureDefOrThrow("serving_default");
          graph.clearSignatureDef().putSignatureDef("a", signature).putSignatureDef("b", signature);
        });
    assertRefused(folder.resolve("saved"), "no signature \"serving_default\", nor just one");
    assertRefused(folder.resolve("saved"), "[a, b]");
    assertEquals(
        GraphModel.load(folder.resolve("saved"), "a").outputs(),
        GraphModel.load(folder.resolve("saved"), "b").outputs());
    var error =
        assertThrows(
            IllegalArgumentException.class, () -> GraphModel.load(folder.resolve("saved"), "c"));
    assertTrue(
        error.getMessage().contains("no signature \"c\": the nearest are \"a\", \"b\""),
        error.toString());
  }

  @Test
  void load_signatureWithoutOutputs_isRefused() throws IOException {
    rewrite(
        graph ->
            graph.putSignatureDef(
                "serving_default",
                graph.getSignatureDefOrThrow("serving_default").toBuilder()
                    .clearOutputs()
                    .build()));
    assertRefused(folder.resolve("saved"), "\"serving_default\" of the SavedModel");
  }

  @Test
  void load_signatureWithUnknownNode_isRefused() throws IOException {
    rewrite(
        graph -> {
          SignatureDef.Builder signature =
              graph.getSignatureDefOrThrow("serving_default").toBuilder();
          signature.putOutputs(
              "y", signature.getOutputsOrThrow("y").toBuilder().setName("nowhere:0").build());
          graph.putSignatureDef("serving_default", signature.build());
        });
    assertRefused(folder.resolve("saved"), "nowhere");
  }

  private void rewrite(Consumer<MetaGraphDef.Builder> change) throws IOException {
    rewrite(TestModels.dense(Kind.RESOURCE), change);
  }

  private void rewrite(GraphModel model, Consumer<MetaGraphDef.Builder> change) throws IOException {
    RewrittenModel.save(folder.resolve("saved"), model, change);
  }
}
