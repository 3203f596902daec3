/**
 * Techniques as part of experiments: a section of the configuration ({@link
 * org.tfmot.api.experiment.TechniqueConfig}) and files that a trained model is exported to ({@link
 * org.tfmot.api.experiment.ModelExporter}). Both are found by {@link java.util.ServiceLoader}, so
 * that experiments know no technique and a new one changes none of them.
 */
@NullMarked
package org.tfmot.api.experiment;

import org.jspecify.annotations.NullMarked;
