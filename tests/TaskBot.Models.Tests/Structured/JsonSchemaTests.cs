using System.Text.Json;
using TaskBot.Models.Structured;

namespace TaskBot.Models.Tests.Structured;

public sealed class JsonSchemaTests
{
    [Theory]
    [InlineData("""{"type": "integer"}""", "3.0", true)]
    [InlineData("""{"type": "integer"}""", "3.5", false)]
    [InlineData("""{"type": ["string", "null"]}""", "null", true)]
    [InlineData("""{"type": ["string", "null"]}""", "1", false)]
    [InlineData("""{"enum": ["a", {"b": 1}]}""", """{"b": 1}""", true)]
    [InlineData("""{"enum": ["a"]}""", "\"b\"", false)]
    [InlineData("""{"const": 7}""", "7", true)]
    [InlineData("""{"const": 7}""", "8", false)]
    [InlineData("""{"required": ["a"]}""", "{}", false)]
    [InlineData("""{"required": ["a"]}""", "[]", true)]
    [InlineData("""{"additionalProperties": {"type": "number"}}""", """{"x": 1}""", true)]
    [InlineData("""{"additionalProperties": {"type": "number"}}""", """{"x": "1"}""", false)]
    [InlineData("""{"properties": {"a": false}}""", """{"a": 1}""", false)]
    [InlineData("""{"items": {"type": "string"}}""", """["a", 1]""", false)]
    [InlineData("""{"minItems": 1, "maxItems": 2}""", "[]", false)]
    [InlineData("""{"minItems": 1, "maxItems": 2}""", "[1, 2, 3]", false)]
    [InlineData("""{"uniqueItems": true}""", """[{"a": 1}, {"a": 1}]""", false)]
    [InlineData("""{"uniqueItems": true}""", """[1, 2]""", true)]
    [InlineData("""{"maxLength": 2}""", "\"😀😀\"", true)]
    [InlineData("""{"maxLength": 2}""", "\"abc\"", false)]
    [InlineData("""{"pattern": "^[a-z]+$"}""", "\"abc\"", true)]
    [InlineData("""{"pattern": "^[a-z]+$"}""", "\"a1\"", false)]
    [InlineData("""{"minimum": 1, "maximum": 2}""", "1", true)]
    [InlineData("""{"minimum": 1, "maximum": 2}""", "2.1", false)]
    [InlineData("""{"exclusiveMinimum": 1}""", "1", false)]
    [InlineData("""{"exclusiveMaximum": 1}""", "1", false)]
    [InlineData("""{"multipleOf": 0.1}""", "0.3", true)]
    [InlineData("""{"multipleOf": 2}""", "3", false)]
    [InlineData("""{"anyOf": [{"type": "string"}, {"minimum": 5}]}""", "5", true)]
    [InlineData("""{"anyOf": [{"type": "string"}, {"minimum": 5}]}""", "4", false)]
    public void A_value_fits_or_not(string schema, string value, bool fits) =>
        JsonSchema.Validate(Json(schema), Json(value)).IsEmpty.ShouldBe(fits);

    [Theory]
    [InlineData("""{"type": "object", "if": {}}""", "'if'")]
    [InlineData("""{"properties": {"a": {"$ref": "#/x"}}}""", "/properties/a")]
    [InlineData("""{"items": {"oneOf": []}}""", "/items")]
    [InlineData("""{"type": "text"}""", "'type'")]
    [InlineData("""{"pattern": "("}""", "'pattern'")]
    [InlineData("""{"minLength": -1}""", "'minLength'")]
    [InlineData("""[]""", "must be a schema")]
    public void A_schema_with_anything_that_would_not_be_checked_is_refused(string schema, string says)
    {
        JsonSchema.Check(Json(schema)).ShouldContain(problem => problem.Contains(says, StringComparison.Ordinal));
        Should.Throw<ArgumentException>(() => JsonSchema.Validate(Json(schema), Json("1")));
    }

    [Fact]
    public void At_most_twenty_problems_are_listed() =>
        JsonSchema.Validate(Json("""{"items": {"type": "string"}}"""), Json($"[{string.Join(',', Enumerable.Range(0, 100))}]")).Length.ShouldBe(20);

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
