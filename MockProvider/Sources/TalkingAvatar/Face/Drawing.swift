// Fills shapes, given in the face's own units, into a picture.

/// A picture together with where the face is in it. The unit is half a face's width, (0, 0) the middle of the face.
struct Drawing {
  let picture: Picture
  var place: Placement
  private var rasterizer = Rasterizer()

  init(_ picture: Picture, place: Placement) {
    self.picture = picture
    self.place = place
  }

  private var limits: Rectangle { Rectangle(left: 0, top: 0, right: picture.size.width, bottom: picture.size.height) }

  /// What a shape covers.
  mutating func mask(_ outline: Outline) -> Mask { rasterizer.mask(outline.placed(place), within: limits) }

  /// Fills a shape, and answers what it covered.
  @discardableResult
  mutating func fill(_ outline: Outline, _ colour: Colour, opacity: Float = 1, within limit: Mask? = nil) -> Mask {
    fill(outline, from: colour, to: colour, opacity: opacity, within: limit)
  }

  /// Fills a shape with one colour at its top and another one at its bottom.
  @discardableResult
  mutating func fill(
    _ outline: Outline, from top: Colour, to bottom: Colour, opacity: Float = 1, within limit: Mask? = nil
  ) -> Mask {
    let whole = mask(outline)
    let mask = limit.map(whole.within) ?? whole
    picture.paint(mask, from: Ink(top), to: Ink(bottom), opacity: opacity)
    return mask
  }

  /// A soft spot.
  func glow(
    x: Float, y: Float, width: Float, height: Float, _ colour: Colour, opacity: Float, within limit: Mask? = nil
  ) {
    let centre = SIMD2(x, y) * place.scale + place.origin
    picture.glow(
      x: centre.x, y: centre.y, width: width * place.scale, height: height * place.scale, Ink(colour),
      opacity: opacity, within: limit)
  }
}
