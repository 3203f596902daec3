package org.tfmot.gate.signature;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;

/** The textual encoding of keys, RFC 7468. */
final class Pem {

  static final String PRIVATE = "PRIVATE KEY";
  static final String PUBLIC = "PUBLIC KEY";

  private Pem() {}

  static byte[] write(String label, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return ("-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(label, body))
        .getBytes(StandardCharsets.US_ASCII);
  }

  static byte[] read(Path file, String label) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).strip();
    String begin = "-----BEGIN " + label + "-----";
    String end = "-----END " + label + "-----";
    if (!text.startsWith(begin) || !text.endsWith(end)) {
      throw new IllegalArgumentException(
          "%s is no PEM file of a %s: it must be %s ... %s"
              .formatted(file, label.toLowerCase(Locale.ROOT), begin, end));
    }
    String body = text.substring(begin.length(), text.length() - end.length());
    try {
      return Base64.getDecoder().decode(body.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + " is damaged: " + e.getMessage(), e);
    }
  }
}
