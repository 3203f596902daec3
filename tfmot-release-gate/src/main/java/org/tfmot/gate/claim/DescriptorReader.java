package org.tfmot.gate.claim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.tfmot.gate.claim.DescriptorForm.Misfit;
import org.tfmot.gate.json.InvalidJsonException;
import org.tfmot.gate.json.Json;

/**
 * Reads a descriptor and says everything that is wrong with it at once: what does not have the
 * form, and of the rest what breaks a rule.
 */
final class DescriptorReader {

  private final ObjectNode root;
  private final List<Misfit> misfits;
  private final Problems problems;

  private DescriptorReader(ObjectNode root, List<Misfit> misfits, Problems problems) {
    this.root = root;
    this.misfits = misfits;
    this.problems = problems;
  }

  /**
   * @throws InvalidDescriptorException with all problems; the document's name is in each of them
   */
  static TechniqueDescriptor read(String document, byte[] bytes) {
    JsonNode root;
    try {
      root = Json.parse(document, bytes, JsonNode.class);
    } catch (InvalidJsonException e) {
      throw new InvalidDescriptorException(document, List.of(String.valueOf(e.getMessage())));
    }
    Problems problems = new Problems(document);
    List<Misfit> misfits = DescriptorForm.misfits(root);
    for (Misfit misfit : misfits) {
      Problems place = problems;
      for (Object step : misfit.place()) {
        place = place.at(step);
      }
      place.add("%s", misfit.problem());
    }
    if (root instanceof ObjectNode object) {
      DescriptorReader reader = new DescriptorReader(object, misfits, problems);
      reader.completeForm();
      reader.checkRules();
    }
    if (!problems.none()) {
      throw new InvalidDescriptorException(
          document, problems.all().stream().map(problem -> document + " at " + problem).toList());
    }
    return value(root, TechniqueDescriptor.class);
  }

  /** Takes out keys that the form does not have, and puts in lists that may be missing. */
  private void completeForm() {
    for (Misfit misfit : misfits) {
      if (misfit.unknown()) {
        JsonNode object = root;
        for (Object step : misfit.place().subList(0, misfit.place().size() - 1)) {
          object = step instanceof Integer index ? object.get(index) : object.get(step.toString());
        }
        ((ObjectNode) object).remove(misfit.place().get(misfit.place().size() - 1).toString());
      }
    }
    completeList(root, "supports");
    for (JsonNode claim : root.path("claims")) {
      if (claim instanceof ObjectNode object) {
        completeList(object, "calibration");
      }
    }
  }

  private static void completeList(ObjectNode object, String key) {
    if (!object.hasNonNull(key)) {
      object.putArray(key);
    }
  }

  private void checkRules() {
    if (fits("schemaVersion") && fits("technique") && fits("title") && fits("rfc")) {
      DescriptorRules.checkHead(
          root.get("schemaVersion").intValue(),
          text("technique"),
          text("title"),
          text("rfc"),
          problems);
    }
    if (fits("owners")) {
      Owner[] owners = value(root.get("owners"), Owner[].class);
      DescriptorRules.checkOwners(List.of(owners), problems.at("owners"));
    }
    if (fits("supports")) {
      SupportedDependency[] supports = value(root.get("supports"), SupportedDependency[].class);
      DescriptorRules.checkSupports(List.of(supports), problems.at("supports"));
    }
    List<String> ids = new ArrayList<>();
    JsonNode claims = root.path("claims");
    for (int i = 0; i < claims.size(); i++) {
      if (claims.get(i) instanceof ObjectNode claim) {
        checkClaim(i, claim);
        if (claim.path("id").isTextual()) {
          ids.add(claim.get("id").textValue());
        }
      }
    }
    if (fits("technique") && claims.isArray() && ids.size() == claims.size()) {
      DescriptorRules.checkIds(text("technique"), ids, problems.at("claims"));
    }
  }

  /** Checks the values of a claim that have the form. */
  private void checkClaim(int index, ObjectNode claim) {
    ObjectNode sound = claim.deepCopy();
    for (String key : (Iterable<String>) claim::fieldNames) {
      if (!fits("claims", index, key)) {
        sound.remove(key);
      }
    }
    completeList(sound, "calibration");
    ClaimRules.check(
        value(sound, ClaimRules.Values.class),
        fits("claims", index, "target"),
        problems.at("claims").at(index));
  }

  private boolean fits(Object... place) {
    return misfits.stream().noneMatch(misfit -> !misfit.unknown() && misfit.isIn(place));
  }

  private String text(String key) {
    return root.get(key).textValue();
  }

  private static <T> T value(JsonNode node, Class<T> type) {
    try {
      return Json.mapper().treeToValue(node, type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the schema of descriptors lets pass what is not one", e);
    }
  }
}
