/** Reading and rewriting TensorFlow GraphDefs: names, nodes, consumers, constants. */
@NullMarked
package org.tfmot.api.graph;

import org.jspecify.annotations.NullMarked;
