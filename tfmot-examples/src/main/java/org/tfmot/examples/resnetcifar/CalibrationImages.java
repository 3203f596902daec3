package org.tfmot.examples.resnetcifar;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tfmot.officialmodels.data.LabeledImages;
import org.tfmot.officialmodels.progress.ProgressDisplay;
import org.tfmot.officialmodels.progress.ProgressUnit;
import org.tfmot.officialmodels.vision.CifarResNet;

/** Images in batches for calibration; each batch is freed when the next is asked for. */
final class CalibrationImages implements Iterable<Map<String, Tensor>>, AutoCloseable {

  private static final int BATCH = 100;

  private final LabeledImages images;
  private final ProgressDisplay display;
  private final List<Tensor> open = new ArrayList<>();

  CalibrationImages(LabeledImages images) {
    this.images = images;
    this.display =
        ProgressDisplay.terminalOnly()
            .open("calibrate", ProgressUnit.of("images"), 0, images.size());
  }

  @Override
  public Iterator<Map<String, Tensor>> iterator() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < images.size();
      }

      @Override
      public Map<String, Tensor> next() {
        free();
        display.update(next, "");
        int count = Math.min(BATCH, images.size() - next);
        Shape shape = Shape.of(count, images.height(), images.width(), images.channels());
        Tensor batch =
            TFloat32.tensorOf(shape, DataBuffers.of(TfLiteClassifier.pixels(images, next, count)));
        open.add(batch);
        next += count;
        return Map.of(CifarResNet.IMAGE, batch);
      }
    };
  }

  @Override
  public void close() {
    free();
    display.close();
  }

  private void free() {
    open.forEach(Tensor::close);
    open.clear();
  }
}
