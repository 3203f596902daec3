/** Shows on the standard error how far a long piece of work is. */
@NullMarked
package org.tfmot.officialmodels.progress;

import org.jspecify.annotations.NullMarked;
