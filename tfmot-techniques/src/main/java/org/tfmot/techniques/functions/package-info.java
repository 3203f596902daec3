/** Functions of one tensor, element by element, that graphs build from one or more operations. */
@NullMarked
package org.tfmot.techniques.functions;

import org.jspecify.annotations.NullMarked;
