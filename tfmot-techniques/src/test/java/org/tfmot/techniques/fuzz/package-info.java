/**
 * Drivers that give the product damaged graphs, SavedModels and checkpoints, in child JVMs, and
 * models of random layers.
 */
package org.tfmot.techniques.fuzz;
