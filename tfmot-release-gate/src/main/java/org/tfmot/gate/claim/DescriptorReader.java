package org.tfmot.gate.claim;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.InvalidJsonException;
import org.tfmot.gate.json.Json;

/** Reads a descriptor and says everything that is wrong with it at once. */
final class DescriptorReader {

  private DescriptorReader() {}

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
    Fields fields = new Fields(root, problems);
    TechniqueDescriptor descriptor = descriptor(fields, problems);
    fields.refuseOthers();
    if (descriptor == null && problems.none()) {
      throw new AssertionError("a descriptor was dropped without a problem: " + document);
    }
    if (!problems.none() || descriptor == null) {
      throw new InvalidDescriptorException(
          document, problems.all().stream().map(problem -> document + " at " + problem).toList());
    }
    return descriptor;
  }

  private static @Nullable TechniqueDescriptor descriptor(Fields fields, Problems problems) {
    Integer schemaVersion = fields.integer("schemaVersion");
    String technique = fields.text("technique");
    String title = fields.text("title");
    List<@Nullable Owner> owners = fields.list("owners", true, DescriptorReader::owner);
    String rfc = fields.text("rfc");
    PlacementDecision placement = fields.constant("placement", PlacementDecision.class);
    List<@Nullable SupportedDependency> supports =
        fields.list("supports", false, DescriptorReader::supported);
    List<String> ids = new ArrayList<>();
    List<@Nullable Claim> claims =
        fields.list("claims", true, (claim, place) -> claim(claim, place, ids));
    if (schemaVersion != null && technique != null && title != null && rfc != null) {
      DescriptorRules.checkHead(schemaVersion, technique, title, rfc, problems);
    }
    List<Owner> wholeOwners = whole(owners);
    if (wholeOwners.size() == owners.size()) {
      DescriptorRules.checkOwners(wholeOwners, problems.at("owners"));
    }
    List<SupportedDependency> wholeSupports = whole(supports);
    if (wholeSupports.size() == supports.size()) {
      DescriptorRules.checkSupports(wholeSupports, problems.at("supports"));
    }
    if (technique != null && ids.size() == claims.size()) {
      DescriptorRules.checkIds(technique, ids, problems.at("claims"));
    }
    if (!problems.none()
        || schemaVersion == null
        || technique == null
        || title == null
        || rfc == null
        || placement == null) {
      return null;
    }
    return new TechniqueDescriptor(
        schemaVersion, technique, title, wholeOwners, rfc, placement, wholeSupports, whole(claims));
  }

  private static <V> List<V> whole(List<@Nullable V> values) {
    List<V> whole = new ArrayList<>();
    for (V value : values) {
      if (value != null) {
        whole.add(value);
      }
    }
    return whole;
  }

  private static @Nullable Owner owner(Fields fields, Problems problems) {
    String name = fields.text("name");
    String contact = fields.text("contact");
    Boolean onCall = fields.flag("onCall");
    return name == null || contact == null || onCall == null
        ? null
        : new Owner(name, contact, onCall);
  }

  private static @Nullable SupportedDependency supported(Fields fields, Problems problems) {
    String name = fields.text("name");
    String coordinates = fields.text("coordinates");
    String lowest = fields.text("lowest");
    String newest = fields.text("newest");
    return name == null || coordinates == null || lowest == null || newest == null
        ? null
        : new SupportedDependency(name, coordinates, lowest, newest);
  }

  private static @Nullable Limits limits(Fields fields, Problems problems) {
    Integer minRuns = fields.integer("minRuns");
    Integer maxRuns = fields.integer("maxRuns");
    Double minutes = fields.number("maxMinutesPerRun");
    return minRuns == null || maxRuns == null || minutes == null
        ? null
        : new Limits(minRuns, maxRuns, minutes);
  }

  private static @Nullable Target target(Fields fields, Problems problems) {
    Double value = fields.number("value");
    Long step = fields.longInteger("step");
    Double p0 = fields.number("p0");
    Double p1 = fields.number("p1");
    return value == null || step == null || p0 == null || p1 == null
        ? null
        : new Target(value, step, p0, p1);
  }

  private static @Nullable Claim claim(Fields fields, Problems problems, List<String> ids) {
    int before = problems.count();
    String id = fields.text("id");
    String metric = fields.text("metric");
    Direction direction = fields.constant("direction", Direction.class);
    Kind kind = fields.constant("kind", Kind.class);
    Double documented = fields.number("documented");
    Double floor = fields.number("floor");
    Double alpha = fields.number("alpha");
    Limits limits = fields.object("limits", true, DescriptorReader::limits);
    int beforeTarget = problems.count();
    Target target = fields.object("target", false, DescriptorReader::target);
    boolean targetSound = problems.count() == beforeTarget;
    Double resolution = fields.number("resolution");
    Double worst = fields.number("worst");
    List<Double> calibration = fields.numbers("calibration");
    String test = fields.text("test");
    String marginSource = fields.text("marginSource");
    Double best = fields.optionalNumber("best");
    Double minShare = fields.optionalNumber("minShare");
    if (id != null) {
      ids.add(id);
    }
    ClaimRules.check(
        new ClaimRules.Values(
            id,
            metric,
            direction,
            kind,
            documented,
            floor,
            alpha,
            limits,
            target,
            resolution,
            worst,
            calibration,
            test,
            marginSource,
            best,
            minShare),
        targetSound,
        problems);
    if (problems.count() > before
        || id == null
        || metric == null
        || direction == null
        || kind == null
        || documented == null
        || floor == null
        || alpha == null
        || limits == null
        || resolution == null
        || worst == null
        || test == null
        || marginSource == null) {
      return null;
    }
    return new Claim(
        id,
        metric,
        direction,
        kind,
        documented,
        floor,
        alpha,
        limits,
        target,
        resolution,
        worst,
        calibration,
        test,
        marginSource,
        best,
        minShare);
  }
}
