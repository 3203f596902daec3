/**
 * Files and folders that are replaced as a whole, under a lock of their path. Start with {@link
 * org.tfmot.api.io.AtomicFile}. Internal.
 */
@NullMarked
package org.tfmot.api.io;

import org.jspecify.annotations.NullMarked;
