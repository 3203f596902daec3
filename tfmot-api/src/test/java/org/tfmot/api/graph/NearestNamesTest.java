package org.tfmot.api.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNamesTest {

  private static final List<String> NAMES =
      List.of("stem", "stage1/conv1", "stage1/conv2", "stage2/conv1", "head", "logits");

  @Test
  void of_fewestChangedLettersFirst() {
    assertEquals("logits", NearestNames.of("logit", NAMES).get(0));
    assertEquals(
        List.of("stage1/conv1", "stage1/conv2", "stage2/conv1"),
        NearestNames.of("stage1/Conv1", NAMES).subList(0, 3));
    assertEquals(
        List.of("stage2/conv1", "stage1/conv1"),
        NearestNames.of("stage2/conv1", NAMES).subList(0, 2));
  }

  @Test
  void of_sameDistance_keepsTheOrder() {
    assertEquals(
        List.of("b", "c", "a"), NearestNames.of("x", List.of("b", "c", "a", "b", "farther")));
  }

  @Test
  void hint_saysWhichThereAre() {
    assertEquals("there is none", NearestNames.hint("a", List.of()));
    assertEquals("the nearest is \"ab\"", NearestNames.hint("a", List.of("ab")));
    assertEquals(
        "the nearest are \"conv\", \"convolution\"",
        NearestNames.hint("conv", List.of("convolution", "conv", "logits")));
  }

  @Test
  void hint_doesNotPassOffOthersAsNear() {
    assertEquals("there is only \"w\"", NearestNames.hint("loss_scale", List.of("w")));
    assertEquals("there are only \"w\", \"b\"", NearestNames.hint("loss_scale", List.of("w", "b")));
    assertEquals(
        "there are 6, none of them near: \"stem\", \"stage1/conv1\", \"stage1/conv2\","
            + " \"stage2/conv1\", \"head\", ...",
        NearestNames.hint("embedding_table", NAMES));
    assertEquals(
        "the nearest are \"stage1/conv1\", \"stage1/conv2\"", NearestNames.hint("stage1", NAMES));
  }

  @Test
  void hint_saysWhatListsTheOthers_whereItLeavesSomeOut() {
    assertTrue(
        NearestNames.hint("embedding_table", NAMES, "names()")
            .endsWith("\"head\", ...; names() lists them all"));
    assertEquals("there is only \"w\"", NearestNames.hint("loss", List.of("w"), "names()"));
  }
}
