/**
 * The report of an example: variants of one model compared with its float original, as a table for
 * the terminal, as JSON and as a self-contained page.
 */
@NullMarked
package org.tfmot.examples.report;

import org.jspecify.annotations.NullMarked;
