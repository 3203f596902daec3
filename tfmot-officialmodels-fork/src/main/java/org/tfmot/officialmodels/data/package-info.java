/** Data sets: fetched, checked, cached outside the project, and read into plain arrays. */
@NullMarked
package org.tfmot.officialmodels.data;

import org.jspecify.annotations.NullMarked;
