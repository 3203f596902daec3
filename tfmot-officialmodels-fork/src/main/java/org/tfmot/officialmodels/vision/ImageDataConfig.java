package org.tfmot.officialmodels.vision;

import static org.tfmot.officialmodels.core.ConfigCheck.require;
import static org.tfmot.officialmodels.core.ConfigCheck.requireSet;

import java.nio.file.Path;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.officialmodels.data.Cifar10;
import org.tfmot.officialmodels.data.DataDirectory;
import org.tfmot.officialmodels.data.LabeledImages;

/**
 * The section {@code task.validation_data}, and a part of {@code task.train_data}: which images.
 *
 * @param dataset {@code cifar10}
 * @param split {@code train} (45,000 images), {@code validation} (the 5,000 training images that
 *     are held out) or {@code test} (10,000)
 * @param dataDir the {@link DataDirectory}; null for the standard one
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record ImageDataConfig(String dataset, String split, @Nullable String dataDir) {

  static final String TRAIN = "train";
  static final String VALIDATION = "validation";
  static final String TEST = "test";

  private static final String CIFAR10 = "cifar10";

  void validate(String section, List<String> splits) {
    requireSet(dataset, section + ".dataset");
    require(CIFAR10.equals(dataset), section + ".dataset", "must be cifar10, not \"%s\"", dataset);
    requireSet(split, section + ".split"); // Also because immutable lists throw if asked for null.
    require(
        splits.contains(split),
        section + ".split",
        "must be %s, not \"%s\"",
        String.join(" or ", splits),
        split);
  }

  LabeledImages select(Cifar10 images) {
    return switch (split) {
      case TRAIN -> images.train();
      case VALIDATION -> images.validation();
      case TEST -> images.test();
      default -> throw new IllegalArgumentException("CIFAR-10 has no split \"" + split + "\"");
    };
  }

  Cifar10 load() {
    return Cifar10.load(
        dataDir == null ? DataDirectory.standard() : new DataDirectory(Path.of(dataDir)));
  }
}
