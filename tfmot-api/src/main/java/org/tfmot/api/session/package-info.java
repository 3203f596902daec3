/**
 * Needs of a session of a model: gradients that TensorFlow computes rightly, checks of what is fed,
 * and one writer at a time. Internal.
 */
@NullMarked
package org.tfmot.api.session;

import org.jspecify.annotations.NullMarked;
