/**
 * The plan of a quantization: which tensors of a graph become integers, found from its operations
 * and their roles, and the graph brought into the form that the plan is made for.
 */
@NullMarked
package org.tfmot.techniques.quantization.plan;

import org.jspecify.annotations.NullMarked;
