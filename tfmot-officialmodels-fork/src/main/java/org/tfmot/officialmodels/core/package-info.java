/** Tasks, the trainer, optimizers and schedules, experiments and their configuration. */
@NullMarked
package org.tfmot.officialmodels.core;

import org.jspecify.annotations.NullMarked;
