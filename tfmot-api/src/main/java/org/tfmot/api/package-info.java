/**
 * The nouns of the toolkit: a graph model, a technique, what a technique made of a model, and what
 * runs beside training.
 */
@NullMarked
package org.tfmot.api;

import org.jspecify.annotations.NullMarked;
