/** Scores, patterns, schedules and range finders as users write them, on public API alone. */
@NullMarked
package com.example.pruning;

import org.jspecify.annotations.NullMarked;
