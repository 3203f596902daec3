/** A technique as somebody else would write it: the code of {@code docs/guide/new-technique.md}. */
@NullMarked
package com.example.ternary;

import org.jspecify.annotations.NullMarked;
