// File descriptors that a callback collects.

/// What a walk over the loop's handles finds.
final class DescriptorSet {
  var descriptors: Set<Int32> = []
}
