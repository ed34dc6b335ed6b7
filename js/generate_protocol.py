"""How unflax_viz/protocol/ reads in TypeScript: writes js/src/protocol.ts.

python js/generate_protocol.py            # writes the file
python js/generate_protocol.py --check    # fails if the file is out of date

"""

import ast
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator

JS_ROOM = pathlib.Path(__file__).parent
SOURCE = JS_ROOM.parent / "unflax_viz" / "protocol"
TARGET = JS_ROOM / "src" / "protocol.ts"

PLAIN_TYPES = {
    "str": "string",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "object": "unknown",
}


def typescript_type(annotation: ast.expr) -> str:
    """Translates one annotation; raises ValueError on what the wire does not use."""
    match annotation:
        case ast.Constant(value=None):
            return "null"
        case ast.Name(id=name):
            return PLAIN_TYPES.get(name, name)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return f"{typescript_type(left)} | {typescript_type(right)}"
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            item_type = typescript_type(item)
            return f"({item_type})[]" if "|" in item_type else f"{item_type}[]"
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=items)):
            return f"[{', '.join(map(typescript_type, items))}]"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            values = choices.elts if isinstance(choices, ast.Tuple) else [choices]
            return " | ".join(f'"{ast.literal_eval(value)}"' for value in values)
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=items)):
            return f"Record<{', '.join(map(typescript_type, items))}>"
        case _:
            raise ValueError(
                f"No TypeScript for the annotation {ast.unparse(annotation)!r} in "
                f"protocol/; teach typescript_type() about it."
            )


def comment(text: str, indent: str = "") -> str:
    """Formats a docstring as a JSDoc block."""
    lines = text.strip().splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def split_docstring(docstring: str) -> tuple[str, dict[str, str]]:
    """Splits a Google docstring into its prose and its documented attributes."""
    prose, _, section = docstring.partition("Attributes:\n")
    section = re.sub(r"\n    +", " ", section)
    fields = dict(re.findall(r"^  (\w+): (.*)$", section, flags=re.MULTILINE))
    return prose.strip(), fields


def interface(node: ast.ClassDef) -> str:
    """Writes one TypedDict as an interface, each field with its description."""
    prose, described = split_docstring(ast.get_docstring(node) or "")
    fields: list[str] = []
    for field in node.body:
        if not isinstance(field, ast.AnnAssign) or not isinstance(
            field.target, ast.Name
        ):
            continue
        name, annotation, mark = field.target.id, field.annotation, ""
        match annotation:
            case ast.Subscript(value=ast.Name(id="NotRequired"), slice=inner):
                annotation, mark = inner, "?"
        if name not in described:
            raise ValueError(f"{node.name}.{name} is missing under Attributes.")
        fields.append(comment(described[name], indent="  "))
        fields.append(f"  {name}{mark}: {typescript_type(annotation)};\n")
    return f"{comment(prose)}export interface {node.name} {{\n{''.join(fields)}}}\n"


def constant(node: ast.Assign, docstring: str) -> str:
    """Writes a module constant, such as MAX_LINES."""
    (target,) = node.targets
    value = ast.unparse(node.value)
    return f"{comment(docstring)}export const {ast.unparse(target)} = {value};\n"


def alias(node: ast.AnnAssign, docstring: str) -> str:
    """Writes a TypeAlias; words also as a list in their order, LENSES for Lens."""
    assert node.value is not None
    name, words = ast.unparse(node.target), typescript_type(node.value)
    text = f"{comment(docstring)}export type {name} = {words};\n"
    if not ast.unparse(node.value).startswith("Literal["):
        return text
    plural = f"{name}es" if name.endswith("s") else f"{name}s"
    items = words.replace(" | ", ", ")
    return f"{text}export const {plural.upper()}: readonly {name}[] = [{items}];\n"


def exchange_kinds(names: Iterable[str]) -> dict[str, str]:
    """Returns the kind of each question by the beginning of its classes' names.

    Raises:
      ValueError: If a request has no answer, or an answer no request.
    """
    requests, answers = (
        {name.removesuffix(side) for name in names if name.endswith(side)}
        for side in ("Request", "Answer")
    )
    if requests != answers:
        raise ValueError(
            f"{', '.join(sorted(requests ^ answers))}: a question needs both a class "
            "named ...Request and one named ...Answer."
        )
    return {
        name: re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
        for name in sorted(requests)
    }


def exchanges(names: list[str]) -> str:
    """Writes which bodies belong to which kind."""
    lines = [
        f"  {kind}: {{ request: {name}Request; answer: {name}Answer }};\n"
        for name, kind in exchange_kinds(names).items()
    ]
    about = "The bodies of each request and of its answer, by their kind."
    return f"{comment(about)}export interface Exchanges {{\n{''.join(lines)}}}\n"


def blocks_of(module: ast.Module) -> Iterator[str]:
    """Yields the TypeScript of all that one file describes."""
    for node, following in zip(module.body, [*module.body[1:], None], strict=True):
        docstring = ""
        if isinstance(following, ast.Expr) and isinstance(
            following.value, ast.Constant
        ):
            docstring = str(following.value.value)
        match node:
            case ast.ClassDef():
                yield interface(node)
            case ast.Assign():
                yield constant(node, docstring)
            case ast.AnnAssign():
                yield alias(node, docstring)


def generate(about: str, sources: Iterable[str]) -> str:
    """Returns the text of protocol.ts.

    Args:
      about: What its first comment says.
      sources: The text of each file of the protocol.
    """
    modules = [ast.parse(source) for source in sources]
    blocks = [block for module in modules for block in blocks_of(module)]
    nodes = [node for module in modules for node in module.body]
    names = [node.name for node in nodes if isinstance(node, ast.ClassDef)]
    return "\n".join([comment(about), *blocks, exchanges(names)])


def generate_all() -> str:
    """Returns the text of protocol.ts for what is in unflax_viz/protocol/."""
    texts = {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted(SOURCE.glob("*.py"))
    }
    about = ast.get_docstring(ast.parse(texts.pop("__init__")))
    generated = "Generated by js/generate_protocol.py; change unflax_viz/protocol/."
    return generate(f"{about}\n\n{generated}", texts.values())


def main() -> int:
    """Writes the file, or with --check says whether it is what it should be."""
    text = generate_all()
    if "--check" in sys.argv[1:]:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print(f"{TARGET.name} is out of date: run python js/generate_protocol.py")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
