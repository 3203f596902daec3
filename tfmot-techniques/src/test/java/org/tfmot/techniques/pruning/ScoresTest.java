package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Result;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.ModelEditor;

/** How many weights stay, also of more than float can count. */
class ScoresTest {

  @ParameterizedTest
  @CsvSource({
    "10, 0.5, 5",
    "10, 0.55, 4",
    "3, 0.5, 2",
    "5, 0.5, 2",
    "10, 1, 1",
    "16777216, 0, 16777216",
    "16793603, 0, 16793603",
    "16793603, 1, 1",
    "16793603, 0.5, 8396802",
    "120000300, 0, 120000300",
    "2147483647, 0.75, 536870912"
  })
  void count_isExact(int size, float sparsity, int expected) {
    GraphModel given =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> s = tf.withName("s").placeholder(TFloat32.class);
              return Endpoints.builder().input("s", s).output("same", s).build();
            });
    ModelEditor editor = new ModelEditor(given);
    String count = new Scores(editor, "scores").count(size, "s", 1);
    editor.endpoints().output("count", count);
    try (LiveModel live = editor.build().open();
        TFloat32 s = TFloat32.scalarOf(sparsity);
        Result result =
            live.session().runner().feed(live.input("s"), s).fetch(live.output("count")).run()) {
      assertEquals(expected, ((TInt32) result.get(0)).getInt());
    }
    assertEquals(Map.of("s", "s:0"), editor.build().inputs());
  }
}
