/** The command line that trains and evaluates experiments. */
@NullMarked
package org.tfmot.officialmodels.train;

import org.jspecify.annotations.NullMarked;
