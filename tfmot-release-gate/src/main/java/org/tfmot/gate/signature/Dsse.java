package org.tfmot.gate.signature;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apiguardian.api.API;

/** Dead Simple Signing Envelope, protocol 1.0.0: what is signed, and how it is written as text. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Dsse {

  private Dsse() {}

  /**
   * The pre-authentication encoding: the bytes that are signed, so that the type is signed with the
   * payload and neither can be taken for part of the other. Lengths count bytes.
   *
   * @param type of the payload; a media type or URI
   */
  public static byte[] pae(String type, byte[] payload) {
    byte[] typeBytes = type.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + 64);
    out.writeBytes(ascii("DSSEv1 " + typeBytes.length + " "));
    out.writeBytes(typeBytes);
    out.writeBytes(ascii(" " + payload.length + " "));
    out.writeBytes(payload);
    return out.toByteArray();
  }

  /**
   * Decodes base64 in the standard or the URL-safe alphabet, as the protocol demands of readers.
   *
   * @throws IllegalArgumentException if it is neither
   */
  static byte[] decode(String text) {
    boolean urlSafe = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
    return (urlSafe ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(text);
  }

  static String encode(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
