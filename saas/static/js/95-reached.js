// Who has followed a link to call or write is offered to write down what came of it, beside that link.
seaport.on("click", "[data-reached]", (e, link) => {
  let next = link.nextElementSibling;
  while (next && !next.matches(".reached")) next = next.nextElementSibling;
  if (next) next.hidden = false;
});
