/**
 * Optimizers for a {@link org.tfmot.api.LiveModel}, in a training loop of one's own or in the
 * trainer of experiments. Start with {@link org.tfmot.api.optimizer.Optimizer}: {@link
 * org.tfmot.api.optimizer.SgdMomentum}, {@link org.tfmot.api.optimizer.Adam}, {@link
 * org.tfmot.api.optimizer.AdamW}, {@link org.tfmot.api.optimizer.RmsProp} and {@link
 * org.tfmot.api.optimizer.Lamb} implement it.
 */
@NullMarked
package org.tfmot.api.optimizer;

import org.jspecify.annotations.NullMarked;
