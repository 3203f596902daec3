package org.tfmot.gate.json;

import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import java.lang.reflect.RecordComponent;
import org.jspecify.annotations.Nullable;

/** Every component of a record that is not {@code @Nullable} has to be in the JSON. */
final class RequiredComponents extends JacksonAnnotationIntrospector {

  private static final long serialVersionUID = 1;

  @Override
  public @Nullable Boolean hasRequiredMarker(AnnotatedMember member) {
    Class<?> type = member.getDeclaringClass();
    if (member instanceof AnnotatedParameter parameter && type.isRecord()) {
      RecordComponent[] components = type.getRecordComponents();
      if (parameter.getIndex() < components.length) {
        return !components[parameter.getIndex()]
            .getAnnotatedType()
            .isAnnotationPresent(Nullable.class);
      }
    }
    return super.hasRequiredMarker(member);
  }
}
