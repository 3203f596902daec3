package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.tfmot.api.GraphModel;

class CheckpointResourceTest {

  @Test
  void restore_checkpointThatIsNotThere_namesTheResource() {
    GraphModel model = new TinyTask().buildModel(1);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> CheckpointResource.restore(model, "a/b/ckpt"));
    assertEquals("there is no resource a/b/ckpt.index on the class path", e.getMessage());
  }
}
