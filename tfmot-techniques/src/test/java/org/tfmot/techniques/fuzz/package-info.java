/** Drivers that give the product damaged graphs, SavedModels and checkpoints, in child JVMs. */
package org.tfmot.techniques.fuzz;
