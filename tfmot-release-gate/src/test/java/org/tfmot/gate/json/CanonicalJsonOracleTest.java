package org.tfmot.gate.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Random;
import org.erdtman.jcs.JsonCanonicalizer;
import org.junit.jupiter.api.Test;

/** The canonical form against another implementation of RFC 8785. */
class CanonicalJsonOracleTest {

  private static final int DOCUMENTS = 3000;

  private final Random random = new Random(8785);

  @Test
  void canonical_randomDocuments_areTheTextOfAnotherImplementation() throws Exception {
    for (int i = 0; i < DOCUMENTS; i++) {
      JsonNode document = object(3);
      String plain = Json.mapper().writeValueAsString(document);
      assertEquals(new JsonCanonicalizer(plain).getEncodedString(), Json.canonical(document));
    }
  }

  private JsonNode value(int depth) {
    return switch (random.nextInt(depth == 0 ? 5 : 7)) {
      case 0 -> Json.mapper().getNodeFactory().numberNode(number());
      case 1 -> Json.mapper().getNodeFactory().numberNode(random.nextInt());
      case 2 -> Json.mapper().getNodeFactory().textNode(text());
      case 3 -> Json.mapper().getNodeFactory().booleanNode(random.nextBoolean());
      case 4 -> Json.mapper().getNodeFactory().nullNode();
      case 5 -> object(depth - 1);
      default -> array(depth - 1);
    };
  }

  private ObjectNode object(int depth) {
    ObjectNode object = Json.mapper().createObjectNode();
    for (int i = random.nextInt(6); i > 0; i--) {
      object.set(text(), value(depth));
    }
    return object;
  }

  private ArrayNode array(int depth) {
    ArrayNode array = Json.mapper().createArrayNode();
    for (int i = random.nextInt(6); i > 0; i--) {
      array.add(value(depth));
    }
    return array;
  }

  /** A double of any magnitude, or one with few digits. */
  private double number() {
    double any = Double.longBitsToDouble(random.nextLong());
    return Double.isFinite(any) && random.nextBoolean() ? any : random.nextInt(2000) / 16.0 - 60;
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      int c = random.nextInt(random.nextBoolean() ? 0x80 : 0x11_0000);
      text.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? 'x' : c);
    }
    return text.toString();
  }
}
