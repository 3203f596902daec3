/** Image classification: models, augmentation and tasks. */
@NullMarked
package org.tfmot.officialmodels.vision;

import org.jspecify.annotations.NullMarked;
