package org.tfmot.techniques.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;

/** The product of the values that a test's parameters can have; the last one changes fastest. */
final class TechniqueSpecProvider implements ArgumentsProvider {

  @Override
  public Stream<Arguments> provideArguments(ExtensionContext context) {
    List<List<Object>> product = List.of(List.of());
    for (Class<?> type : context.getRequiredTestMethod().getParameterTypes()) {
      List<List<Object>> longer = new ArrayList<>();
      for (List<Object> start : product) {
        for (Object value : values(type)) {
          List<Object> extended = new ArrayList<>(start);
          extended.add(value);
          longer.add(extended);
        }
      }
      product = longer;
    }
    return product.stream().map(values -> Arguments.of(values.toArray()));
  }

  private static List<Object> values(Class<?> type) {
    if (type == boolean.class) {
      return List.of(false, true);
    }
    Object[] constants = type.getEnumConstants();
    if (constants == null) {
      throw new IllegalArgumentException(
          "a parameter of a specification is an enumeration or a boolean, not " + type.getName());
    }
    return List.of(constants);
  }
}
