package org.tfmot.gate.claim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.tfmot.gate.json.Json;

class DescriptorFormTest {

  private static JsonNode schema() throws Exception {
    try (InputStream in =
        DescriptorForm.class.getResourceAsStream("technique-descriptor.schema.json")) {
      return Json.parse("schema", in.readAllBytes(), JsonNode.class);
    }
  }

  /** An editor completes what the gate reads, and nothing else. */
  @Test
  void schema_hasTheComponentsOfTheRecords() throws Exception {
    assertDescribes(TechniqueDescriptor.class, schema());
  }

  private static void assertDescribes(Class<?> record, JsonNode schema) {
    List<String> names = new ArrayList<>();
    schema.get("properties").fieldNames().forEachRemaining(names::add);
    assertEquals(
        Stream.of(record.getRecordComponents()).map(RecordComponent::getName).sorted().toList(),
        names.stream().sorted().toList(),
        record.getSimpleName());
    TreeSet<String> required = new TreeSet<>();
    schema.get("required").forEach(key -> required.add(key.textValue()));
    for (RecordComponent component : record.getRecordComponents()) {
      JsonNode property = schema.get("properties").get(component.getName());
      boolean mayBeMissing =
          component.getAnnotatedType().isAnnotationPresent(Nullable.class)
              || List.of("supports", "calibration").contains(component.getName());
      assertEquals(!mayBeMissing, required.contains(component.getName()), component.getName());
      Class<?> type = component.getType();
      if (component.getGenericType() instanceof ParameterizedType list) {
        type = (Class<?>) list.getActualTypeArguments()[0];
        property = property.get("items");
      }
      if (type.isRecord()) {
        assertDescribes(type, property);
      } else if (type.isEnum()) {
        List<String> constants = new ArrayList<>();
        property.get("enum").forEach(constant -> constants.add(constant.textValue()));
        assertEquals(
            Arrays.stream(type.getEnumConstants()).map(Object::toString).toList(), constants);
      }
    }
  }

  private static List<String> problems(ObjectNode document) {
    return DescriptorForm.misfits(document).stream()
        .map(misfit -> misfit.place() + " " + misfit.problem())
        .sorted()
        .toList();
  }

  @Test
  void misfits_nameTheValueAndWhatIsNeeded() {
    ObjectNode document = Json.mapper().valueToTree(Claims.pruning());
    assertEquals(List.of(), problems(document));
    document.put("schemaVersion", 1.5).put("placement", "SOMEWHERE").putNull("rfc");
    ((ObjectNode) document.at("/owners/0")).put("phone", "1").put("onCall", "no").remove("name");
    ((ObjectNode) document.at("/claims/0")).put("limits", 5).putArray("documented");
    assertEquals(
        List.of(
            "[claims, 0, documented] is a list, a number is needed",
            "[claims, 0, limits] is 5, an object is needed",
            "[owners, 0, name] is missing",
            "[owners, 0, onCall] is the text \"no\", true or false is needed",
            "[owners, 0, phone] unknown key; known here: name, contact, onCall",
            "[placement] is the text \"SOMEWHERE\", one of [OFFICIAL, FORK, UNDECIDED] is needed",
            "[rfc] is missing",
            "[schemaVersion] is 1.5, an integer is needed"),
        problems(document));
  }
}
